// A layer on a bench: made from YAML, planned, given memory, and run forward and back on its own.
//
// The run takes the layer at its word. Every buffer has exactly the bytes that the plan asks for, between guards;
// memory holds dirt wherever the contract does not promise that something survives; and backward finds copies, at other
// addresses than forward, of what it says that it reads. Knows all of layers/layer.hpp; judges nothing but who writes
// where: contract/layer_law compares runs.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "breach.hpp"
#include "configure.hpp"
#include "guarded.hpp"
#include "layers/layer.hpp"
#include "numbers.hpp"

namespace cnnctl::testing {

/// Circumstances of a run that a layer must not notice.
struct Circumstances {
  enum class Cut { whole, parts, uneven };  // parts of Inputs::part samples, or of one to three times as many
  enum class Order { forwards, backwards, shuffled };

  Dirt dirt = kNotANumber;
  std::size_t shift = 0;  // of all memory, in cache lines
  // Of layers that may be called for parts:
  Cut cut = Cut::whole;
  Order order = Order::forwards;
  bool side_by_side = false;  // parts by several workers at once
  bool own_rooms = false;     // each part finds its samples alone, in memory of its own
  // Of layers that allow it:
  bool in_place = false, gradient_in_place = false;
  bool recompute = false;  // before backward the output is computed a second time
  // Of what backward finds that the plan does not ask for:
  bool show_input = false, show_output = false, show_others = false;
  // Of layers that sum the gradients of parameters:
  std::int64_t sums = 2;
  bool sums_in_chain = false;  // part by part, each right after its backward; else after all of them
  std::int64_t rows = 0;       // of the first parameter's gradient in one piece, for Plan::by_rows; 0: all at once
};

/// Layer, memory and values.
struct LayerRun {
  Choice<Layer> layer;
  Inputs inputs;
  Plan plan;
  std::vector<Parameter> arrays;  // of `parameters`: the layer's, and those of what is fused behind it
  std::vector<Numbers> parameters, parameter_gradients;
  std::vector<Numbers> x, dx;  // dx starts as ones
  Numbers y, dy;               // dy: random
  bool accumulate = false;
  std::uint64_t seed = 1, step = 2;
  std::uint32_t key = 3;  // the layer's
  std::int64_t n;         // samples of the batch, at most inputs.batch
  Circumstances how;
  Breaches breaches;  // of the laws of memory, by any call so far

  LayerRun(Choice<Layer> made, Inputs given, const Workers& workers);
  LayerRun(Choice<Layer> made, Inputs given);
  LayerRun(Choice<Layer> made, std::vector<Shape> shapes, std::int64_t batch, Mode mode = Mode::train)
      : LayerRun(std::move(made), {.shapes = std::move(shapes), .mode = mode, .batch = batch, .part = 2}) {}
  LayerRun(std::string_view name, const std::string& yaml, std::vector<Shape> shapes, std::int64_t batch,
           Mode mode = Mode::train)
      : LayerRun(configure(layers(), name, yaml), std::move(shapes), batch, mode) {}

  /// Whether parameter i has a gradient.
  bool trains(std::size_t i) const;

  /// x to y; statistics are updated. `again`, in inference: with what an earlier run has prepared.
  void forward(bool again = false);
  /// dy to dx and parameter_gradients. `wanted`: false for no gradient of any input.
  void backward(bool wanted = true) { backward(std::vector<bool>(x.size(), wanted)); }
  void backward(const std::vector<bool>& wanted);

 private:
  LayerRun(Choice<Layer> made, Inputs given, const Workers* workers, std::unique_ptr<Workers> own);

  std::unique_ptr<Workers> own_workers_;
  const Workers* workers_;
  std::optional<Guarded> prepared_, saved_;  // from one pass to the next
};

/// The layer as it is fused behind another one, whose output has this shape.
Fused fused(const Choice<Layer>& layer, const Shape& shape);
Fused fused(std::string_view name, const std::string& yaml = "", const Shape& shape = {6, 5, 7});

/// Fuses `next` behind what stands in `inputs` already, if the layer can.
bool fuse(const Layer& layer, Inputs& inputs, Fused next);

/// The message of the ShapeError that planning ends with; empty if it does not.
std::string shape_error(Choice<Layer> layer, const Inputs& inputs);
std::string shape_error(std::string_view name, const std::string& yaml, std::vector<Shape> shapes,
                        std::int64_t batch = 2);

/// Compares the analytic gradients of sum(dy * y) with differences of two runs; every value of every input and trained
/// parameter takes part in one comparison. A value at a kink is not compared; were that more than 2 % of all, that is
/// the difference. Leaves the run with its values.
Agreement numeric_gradients(LayerRun& run);

inline void check_gradients(LayerRun& run) { CHECK(numeric_gradients(run)); }

/// Gradients that are added to ones are those that are written, plus one; and none is written where none is wanted.
void check_accumulation(LayerRun& run);

}  // namespace cnnctl::testing
