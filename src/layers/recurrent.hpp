// What rnn, lstm and gru share: layers of cells over the steps of a sequence, one way or both ways, one above the
// other, with PyTorch's parameters. Knows time, products and memory; the cell is a kernel's.
//
// A task takes a block of samples through all steps, so that no two workers wait for each other between steps; what the
// inputs say of the gates is one product for all steps of the block.
#pragma once

#include <string>
#include <vector>

#include "kernels/pointwise/cells.hpp"
#include "layers/layer.hpp"

namespace cnnctl {

class Recurrent : public Layer, private Preparing, private Summing {
 public:
  void fields(Fields& f) override;
  std::pair<int, int> arity() const final { return {1, 2}; }
  Plan plan(const Inputs& inputs) final;
  void prepare(const Prepare& p) const final;
  void forward(const Forward& f) const final;
  void backward(const Backward& b) const final;
  void backward_parameters(const Backward& b) const final;

  const Preparing* preparing() const final { return this; }
  const Summing* summing() const final { return summed_ ? this : nullptr; }

  enum class Steps { all, last };

 protected:
  /// `gates` of a cell; whether it keeps a memory besides its state; whether the gradients of what the input and of
  /// what the state say of the gates differ.
  Recurrent(std::int64_t gates, bool memory, bool split) : gates_(gates), memory_(memory), split_(split) {}

  virtual void step(const kernels::CellRows& r) const = 0;
  virtual void step_back(const kernels::CellGradient& g) const = 0;

 private:
  static constexpr std::int64_t kBlockSamples = 24;  // of one task: whole blocks of rows of a product

  // One direction of one layer.
  struct Walk {
    std::int64_t layer, direction, number;  // number: of all walks
    std::size_t parameters;                 // where its own begin
  };

  std::int64_t directions() const { return bidirectional_ ? 2 : 1; }
  std::int64_t width() const { return directions() * hidden_; }  // of a layer's output
  std::int64_t input_of(std::int64_t layer) const { return layer == 0 ? features_ : width(); }
  std::int64_t gate_values() const { return gates_ * hidden_; }
  std::int64_t walks() const { return layers_ * directions(); }
  bool drops(const Run& r, std::int64_t layer) const;

  void place_memory(std::int64_t batch);
  std::vector<Parameter> parameters() const;
  Walk walk_of(std::int64_t layer, std::int64_t direction) const;

  std::byte* kept(const Run& r) const { return train_ ? r.memory.saved : r.memory.scratch; }
  real* output_of(const Run& r, std::int64_t layer) const;
  real* dropped_of(const Run& r, std::int64_t layer) const;
  real* gates_of(const Run& r, const Walk& walk) const;
  real* memory_of(const Run& r, const Walk& walk) const;
  real* recurrent_of(const Run& r, const Walk& walk) const;
  std::int64_t* lengths_of(const Run& r) const;
  const real* input_values(const Run& r, std::int64_t layer) const;
  void drop(const Run& r, std::int64_t layer, std::int64_t first, std::int64_t rows, const real* x, real* y) const;

  void read_lengths(const Forward& f) const;
  void forward_block(const Forward& f, std::int64_t first, std::int64_t rows, int worker) const;
  void walk_forward(const Forward& f, const Walk& walk, std::int64_t first, std::int64_t rows, real* scratch) const;
  void backward_block(const Backward& b, std::int64_t first, std::int64_t rows, int worker) const;
  void walk_backward(const Backward& b, const Walk& walk, std::int64_t first, std::int64_t rows, const real* dy,
                     real* scratch) const;
  kernels::CellRows rows_at(const Run& r, const Walk& walk, std::int64_t first, std::int64_t rows, std::int64_t t,
                            const real* zeros) const;
  void write_last(const Forward& f, std::int64_t first, std::int64_t rows) const;
  void read_last(const Backward& b, std::int64_t first, std::int64_t rows, real* dy) const;

  std::int64_t gates_;
  bool memory_, split_;

  std::int64_t hidden_ = 1, layers_ = 1;
  bool bias_ = true, bidirectional_ = false;
  double dropout_ = 0;
  Steps steps_ = Steps::all;

  std::int64_t features_ = 1, length_ = 1;
  bool train_ = true, summed_ = true, has_lengths_ = false;
  // Where a batch's arrays begin among what is kept, and how far the next layer's or direction's are.
  std::size_t lengths_at_ = 0, outputs_at_ = 0, dropped_at_ = 0, gates_at_ = 0, memory_at_ = 0, recurrent_at_ = 0;
  std::size_t output_bytes_ = 0, gates_bytes_ = 0, hidden_bytes_ = 0;
  std::vector<std::size_t> panels_at_;  // of each direction of each layer: of the inputs, then of the state
};

}  // namespace cnnctl
