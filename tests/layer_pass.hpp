// One pass of a LayerRun: its memory, and the calls that the contract allows, as the graph makes them. What the
// contract calls things stands here and in layer_pass.cpp.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "guarded.hpp"
#include "layer_run.hpp"

namespace cnnctl::testing {

/// Samples [first, first + n) of the batch.
struct Samples {
  std::int64_t first, n;
};

/// Memory of what a call reads and writes: the batch's, from its first sample on, or a copy that holds its samples
/// alone.
class Rooms {
 public:
  Rooms(const Circumstances& how, Samples samples) : how_(how), samples_(samples) {}

  /// `all`: of `n` samples. The same room for the same memory.
  real* of(Guarded& all, std::int64_t n);
  /// Copies what stands in own rooms to where it belongs. Returns whether nobody wrote beside them.
  bool give_back();

 private:
  struct Room {
    Guarded* all;
    std::size_t begin;  // in bytes
    Guarded own;
  };
  const Circumstances& how_;
  Samples samples_;
  std::vector<Room> rooms_;
};

class LayerPass {
 public:
  /// What is passed must outlive the pass, which writes results and breaches to `run`.
  LayerPass(LayerRun& run, const Workers& workers, Guarded& prepared, Guarded& saved);

  void forward(bool prepare);
  /// Computes the output a second time, in the backward pass, and compares.
  void recompute();
  void backward(const std::vector<bool>& wanted);

 private:
  /// One call of the layer.
  struct Call {
    std::string name;
    Samples samples;
    const Workers& team;
    int worker;  // -1: all of them
    std::byte* scratch;
    Rooms rooms;
    std::vector<ConstView> inputs = {};
    std::vector<Gradient> gradients = {};
  };
  using Body = std::function<void(Call&)>;

  void prepare(Direction direction);
  void forward_calls();
  void gather_gradient();
  void backward_in_chain();
  void add_after_chain();
  void finish_parameters();
  void finish_by_rows();

  /// Calls body for each part of the batch, in the order and by the workers that the circumstances name.
  void by_parts(const std::string& name, std::byte* scratch, const Body& body);
  void whole(const std::string& name, std::byte* scratch, const Body& body);
  void one(Call call, const Body& body);
  void each(std::int64_t count, const std::function<void(std::int64_t, const Workers&, int)>& task);
  std::vector<Samples> parts() const;

  Run run_of(Call& call);
  Forward forward_of(Call& call);
  Backward backward_of(Call& call);

  void accuse(law::Name law, const std::string& detail);
  void inspect(const std::string& call, int worker);
  void inspect_parameters(const std::string& call, bool statistics_may_change);

  Guarded memory(std::size_t bytes) const { return Guarded(bytes, how_.dirt, how_.shift); }
  Guarded copy_of(const Numbers& numbers) const { return Guarded(numbers, how_.dirt, how_.shift); }
  /// The samples that are in the run, of numbers for the largest batch.
  Guarded batch_of(const Numbers& numbers) const;
  static void deliver(const Guarded& from, Numbers& to);
  std::byte* shared() { return run_.plan.by_sample ? withheld_.data() : scratch_.data(); }

  LayerRun& run_;
  const Circumstances& how_;
  const Workers& workers_;
  Guarded &prepared_, &saved_;
  std::size_t stride_;  // from one worker's scratch to the next
  Guarded scratch_, parameter_scratch_, prepare_scratch_, worker_scratch_, withheld_;
  std::vector<Guarded> inputs_, parameters_;
  std::vector<Guarded> input_gradients_, parameter_gradients_;
  Guarded output_, output_gradient_, sums_;
  std::int64_t sum_count_ = 0;
  bool in_place_ = false, gradient_in_place_ = false;
  bool gathering_ = false, crowded_ = false;
  std::vector<bool> wanted_;
  std::mutex accusing_;
  std::vector<real*> parameter_slots_, gradient_slots_;
};

}  // namespace cnnctl::testing
