// The contract of a layer, the most read file of the tree.
//
// A layer says what YAML may hold (fields), which shapes, parameters and memory follow from its input (plan), and
// computes (forward, backward). It owns no data: every buffer arrives as a view into the graph's arena, so after `plan`
// the object is immutable and may run on any thread. It never looks at its neighbours; the graph may ask whether it can
// do the work of the one behind it as well (fuses).
//
// Most layers treat each sample by itself (Plan::by_sample). A chain of them runs depth first: one worker takes a part
// of the batch, a few samples, through the whole chain while they are in its cache, and other workers take other parts.
// What few layers need - parameters in another form, batch normalisation its statistics, a filter its gradient - are
// interfaces of their own: Preparing, Gathering, Summing. An ordinary layer has five functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "config/fields.hpp"
#include "kernels/pointwise/activation.hpp"
#include "layers/init.hpp"
#include "tensor/sizes.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

enum class Mode { train, infer };

/// One array of numbers that belongs to a layer and to a checkpoint.
struct Parameter {
  enum class Role { weight, bias, norm, statistic };  // statistics are kept but not trained; `norm`: scale and shift

  std::string name;  // "weight", "running_mean": joined to the layer's name with a dot; may be empty if it is the only
                     // one, which then bears the layer's name
  std::vector<std::int64_t> shape;  // as PyTorch stores it, e.g. {O, I, kH, kW}
  Role role = Role::weight;
  Init init;

  /// How memory differs from the file: the file's order split into these dimensions ...
  std::vector<std::int64_t> split;
  /// ... which memory holds in this order (outermost first). Both empty: memory is as the file.
  std::vector<int> order;

  std::int64_t count() const;
  bool trainable() const { return role != Role::statistic; }
};

/// What others may know of a layer: the graph, which fuses neighbours, and whoever warns of traps.
struct Traits {
  /// Normalisation of each channel over the batch.
  struct BatchNorm {
    double eps = 0, momentum = 0;
    bool foldable = false;  // has weight, bias, running_mean and running_var: in inference a fixed affine map
  };

  std::optional<kernels::Activation> activation = {};  // elementwise, computable from its output's sign or value
  bool add = false;                                    // sum of inputs of one shape
  std::optional<BatchNorm> batch_norm = {};
  bool max_pool = false;               // the largest values of windows
  bool max_pool_2x2 = false;           // ... of 2x2, side by side and wholly inside the image
  bool identity_in_inference = false;  // dropout
  bool bias = false;                   // adds a trained number to each channel
  bool probabilities = false;          // the channels of its output sum to 1
};

/// A layer whose work another one has taken over, that of the layer before it.
struct Fused {
  Traits traits;
  std::vector<Parameter> parameters = {};
};

/// What a layer is given to plan with.
struct Inputs {
  std::vector<Shape> shapes;  // of one sample of each input; the last one is the other operand of an `add` in `behind`
  Mode mode = Mode::train;
  std::int64_t batch = 1;           // most samples in one run
  bool input_gradient = true;       // of one input at least; false for layers that only the data feeds
  bool parameter_gradients = true;  // of one parameter at least; with neither gradient wanted there is no backward pass
  bool frozen = false;              // no parameter ever changes, statistics included, and none has a gradient
  bool winograd = true;             // runtime.winograd
  std::int64_t part = 1;            // samples that run through a chain together
  std::vector<Fused> behind = {};   // what is fused behind the layer, in order
};

/// The activation that is fused behind a layer, none if there is none.
kernels::Activation fused_activation(const std::vector<Fused>& behind);

/// Memory that a layer asks for, in bytes, for a whole batch of Inputs::batch samples.
struct ByteCounts {
  std::size_t saved = 0;              // kept from forward to backward
  std::size_t prepared = 0;           // derived from the parameters by Preparing, for forward
  std::size_t prepared_backward = 0;  // likewise, for backward
  std::size_t prepare_scratch = 0;    // during Preparing::prepare
  std::size_t scratch = 0;            // during gathering and settling, and during one call of forward or backward
  std::size_t parameter_scratch = 0;  // during Summing::backward_parameters
  std::size_t worker_scratch = 0;     // of each worker, during any one call but `prepare`
  std::size_t parameter_sum = 0;  // one of the sums that parameters' gradients are joined from; 0: they are computed
                                  // from the whole batch at once
};

/// What must stay alive until backward.
struct Reads {
  bool input = true;  // of the inputs only the first ever does
  bool output = false;
};

/// Which pass may write its result over what it is computed from, value by value of one size.
struct InPlace {
  bool forward = false;   // the output over inputs[0]
  bool backward = false;  // the gradient of inputs[0] over that of the output
};

/// Which positions of its input one position of the output follows from. As it is here: the one that it stands over.
struct Reach {
  Sizes window;                                     // along each axis, how many, dilation counted
  std::array<double, Sizes::kMaxAxes> stride = {};  // from one window to the next; below 1 where sizes grow
  bool whole = false;                               // all there are

  static Reach of_windows(const Sizes& kernel, const Sizes& stride, const Sizes& dilation);
  static Reach of_all() { return {.window = {}, .stride = {}, .whole = true}; }
};

/// What follows from the inputs.
struct Plan {
  Shape output;
  std::vector<Parameter> parameters;  // the layer's own
  std::int64_t macs = 0;              // multiply-adds of one sample's forward pass
  // For `bench --layers`, empty where there is no choice: "a", or "a / b / c" where forward, input gradient and weight
  // gradient differ, with "-" for one that is not wanted.
  std::string algorithm;
  ByteCounts bytes;
  Reads reads;
  InPlace in_place;
  bool by_sample = false;  // gather, forward and backward may be called for parts of the batch, by several workers at
                           // once; each part begins at a whole number of Inputs::part. Such calls see no shared
                           // scratch, except for `gather`
  bool by_rows = false;    // Summing::backward_rows may form the gradient of the first parameter
  bool cheap = false;      // to run forward a second time costs less than to keep its output; it then reads nothing
                           // prepared
  Reach reach;             // of the first input; for whoever shows it
};

/// The samples of one call, within their batch: views begin with sample `first`, `saved` with the batch's.
struct Part {
  std::int64_t first = 0, n = 1;
  std::int64_t batch = n;  // at most Inputs::batch
};

/// Memory of one call, as ByteCounts asks for it.
struct Memory {
  std::byte* prepared = nullptr;  // of the pass that runs
  std::byte* saved = nullptr;
  std::byte* scratch = nullptr;
  std::byte* worker_scratch = nullptr;  // worker w's begins at w * worker_scratch_bytes
  std::size_t worker_scratch_bytes = 0;

  std::byte* scratch_of(int worker) const {
    return worker_scratch + static_cast<std::size_t>(worker) * worker_scratch_bytes;
  }
};

/// Of everything random.
struct RandomKey {
  std::uint64_t seed = 0, step = 0;
  std::uint32_t layer = 0;
};

/// What the calls of both passes are given.
struct Run {
  const Workers& workers;
  Mode mode = Mode::train;
  Part part = {};
  std::span<const ConstView> inputs;
  std::span<real* const> parameters;  // in Plan order, those of `behind` after them; statistics are writable
  Memory memory = {};
  RandomKey key = {};
};

struct Forward : Run {
  View output;
};

/// One gradient to produce. `data` null: not wanted. The first consumer of a value writes its gradient, later ones add.
struct Gradient {
  real* data = nullptr;
  bool accumulate = false;
};

struct Backward : Run {
  ConstView output;      // valid if Reads::output
  View output_gradient;  // complete; the layer may destroy it
  std::span<const Gradient> input_gradients;
  std::span<real* const> parameter_gradients;  // written, never added to; null where not wanted, as for statistics
};

enum class Direction { forward, backward };

/// Turns parameters into the form that one direction reads. In inference called once for all runs, in training before
/// each forward and each backward, for the parameters have changed since. Only called for what the plan asked for.
struct Prepare {
  const Workers& workers;
  Direction direction = Direction::forward;
  std::span<real* const> parameters;  // as in Run
  std::byte* prepared = nullptr;
  std::byte* scratch = nullptr;
};

class Preparing {
 public:
  virtual void prepare(const Prepare&) const = 0;

 protected:
  ~Preparing() = default;
};

/// Of a layer that must see the whole batch before forward, and the whole gradient before backward.
class Gathering {
 public:
  /// Looks at a part of the input, keeping what it finds in `scratch` ...
  virtual void gather(const Forward&) const = 0;
  /// ... and when all parts have been seen, draws the conclusion for the whole batch, into `saved`.
  virtual void settle(const Forward&) const = 0;
  /// Likewise with the gradient of the output. `settle_gradient` writes the parameters' gradients, too.
  virtual void gather_gradient(const Backward&) const = 0;
  virtual void settle_gradient(const Backward&) const = 0;

 protected:
  ~Gathering() = default;
};

/// Sums that gradients of parameters are joined from: memory for `count` times ByteCounts::parameter_sum.
struct ParameterSums {
  std::byte* memory = nullptr;
  std::int64_t count = 0;
  std::int64_t index = 0;  // the sum that a part belongs to ...
  bool first = false;      // ... of which it is the first one
};

/// Of a layer whose parameters' gradients are sums over the batch. They are formed after `backward` and see the same
/// gradient of the output: from the whole batch at once ...
class Summing {
 public:
  virtual void backward_parameters(const Backward&) const = 0;
  /// ... for Plan::by_rows also in pieces: that of the first parameter's rows [first, first + rows), which begin at
  /// parameter_gradients[0], so that an optimizer may use them up while they are in the cache. Called for other
  /// parameters once, with one of the pieces ...
  virtual void backward_rows(const Backward&, std::int64_t /*first*/, std::int64_t /*rows*/) const {}
  /// ... or, for ByteCounts::parameter_sum, each part's share is added to one of several sums, which are joined at the
  /// end.
  virtual void add_parameters(const Backward&, const ParameterSums&) const {}
  virtual void join_parameters(const Backward&, const ParameterSums&) const {}

 protected:
  ~Summing() = default;
};

class Layer {
 public:
  virtual ~Layer() = default;

  virtual void fields(Fields& f) = 0;

  /// How many inputs the layer takes, with nothing behind it: {least, most}.
  virtual std::pair<int, int> arity() const { return {1, 1}; }

  /// Throws ShapeError, with both shapes and the formula, if the inputs do not fit.
  virtual Plan plan(const Inputs& inputs) = 0;

  virtual void forward(const Forward& f) const = 0;

  /// The gradients of the inputs.
  virtual void backward(const Backward& b) const = 0;

  /// What few layers do besides; of a planned layer, null where that plan has no need of it.
  virtual const Preparing* preparing() const { return nullptr; }
  virtual const Gathering* gathering() const { return nullptr; }
  virtual const Summing* summing() const { return nullptr; }

  virtual Traits traits() const { return {}; }
  /// Whether the layer can take over the work of `next`, the only reader of its output, after that of `inputs.behind`.
  /// Asked before `plan`, with the shapes and the mode of the inputs.
  virtual bool fuses(const Inputs& /*inputs*/, const Traits& /*next*/) const { return false; }
};

/// All layers, in the order of the documentation.
const Catalog<Layer>& layers();

/// Of a layer whose output has the shape of its first input, value by value, and may take its place; backward reads no
/// input, and the output if `reads_output`.
Plan plan_in_place(const Inputs& inputs, bool reads_output = false);

/// Throws ShapeError unless the input has so many axes: "expects an image (channels x height x width), got 120".
void expect_axes(const Shape& shape, int axes);

}  // namespace cnnctl
