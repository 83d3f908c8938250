// The contract of a layer, the most read file of the tree.
//
// A layer says what YAML may hold (fields), which shapes, parameters and memory follow from its input (plan), and
// computes (forward, backward). It owns no data: every buffer arrives as a view into the graph's arena, so after `plan`
// the object is immutable and may run on any thread. It never looks at its neighbours; the graph may offer it one to
// absorb.
//
// Most layers treat each sample by itself (Plan::by_sample). A chain of them runs depth first: one worker takes a group
// of samples through the whole chain while they are in its cache, and other workers take other groups. What a layer
// must know of the whole batch - batch normalisation its statistics, a filter its gradient - has calls of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "config/fields.hpp"
#include "kernels/pointwise/activation.hpp"
#include "layers/init.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

enum class Mode { train, infer };

/// One array of numbers that belongs to a layer and to a checkpoint.
struct Parameter {
  enum class Role { weight, bias, norm, statistic };  // statistics are kept but not trained; `norm`: scale and shift

  std::string name;                 // "weight", "running_mean": joined to the layer's name with a dot
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

/// What a layer is given to plan with.
struct Inputs {
  std::vector<Shape> shapes;  // of one sample of each input
  Mode mode = Mode::train;
  std::int64_t batch = 1;      // most samples in one run
  bool input_gradient = true;  // false for layers that only the data feeds
  bool winograd = true;        // runtime.winograd
  std::int64_t group = 1;      // samples that run through a chain together
};

/// What follows from the inputs. All memory is stated in bytes, for a whole batch of Inputs::batch samples.
struct Plan {
  Shape output;
  std::vector<Parameter> parameters;
  std::int64_t macs = 0;              // multiply-adds of one sample's forward pass
  std::size_t saved = 0;              // kept from forward to backward
  std::size_t prepared = 0;           // derived from the parameters by `prepare`, for forward
  std::size_t prepared_backward = 0;  // likewise, for backward
  std::size_t scratch = 0;            // during gathering and settling, and during one call of forward or backward
  std::size_t parameter_scratch = 0;  // during backward_parameters
  std::size_t prepare_scratch = 0;    // during prepare
  std::size_t worker_scratch = 0;     // likewise, for each worker
  bool backward_reads_input = true;   // what must stay alive until backward: of the inputs only the first ever does
  bool backward_reads_output = false;
  bool in_place = false;           // forward may write its output over inputs[0] (same size)
  bool gradient_in_place = false;  // backward may write the gradient of inputs[0] over that of the output
  bool by_sample = false;  // gather, forward and backward may be called for parts of the batch, by several workers at
                           // once; each part begins at a whole number of groups. Such calls see no shared scratch,
                           // except for `gather`
  bool gathers = false;    // sees the whole batch before forward, and the whole gradient before backward
  bool cheap = false;      // to run forward a second time costs less than to keep its output for others
  std::size_t parameter_sum = 0;  // bytes of one of the sums that the parameters' gradients are joined from; 0: they
                                  // are computed from the whole batch at once
  // For `bench --layers`, empty where there is no choice: "a", or "a / b / c" where forward, input gradient and weight
  // gradient differ, with "-" for one that is not wanted.
  std::string algorithm;
};

/// Buffers that both directions see.
struct Run {
  const Workers& workers;
  Mode mode;
  std::int64_t first;  // position in the batch of the part's first sample: views begin there, `saved` at the batch's
  std::int64_t n;      // samples in this part
  std::int64_t batch;  // samples in the batch, at most Inputs::batch
  std::span<const ConstView> inputs;
  std::span<real* const> parameters;  // in Plan order, those of absorbed layers behind; statistics are writable
  std::byte* prepared;
  std::byte* saved;
  std::byte* scratch;
  std::byte* worker_scratch;  // worker w's part begins at w * worker_scratch_bytes
  std::size_t worker_scratch_bytes;
  std::uint64_t seed, step;  // with `layer` the key of everything random
  std::uint32_t layer;

  template <class T = real>
  T* scratch_of(int worker) const {
    return reinterpret_cast<T*>(worker_scratch + static_cast<std::size_t>(worker) * worker_scratch_bytes);
  }
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
  ConstView output;      // valid if Plan::backward_reads_output
  View output_gradient;  // complete; the layer may destroy it
  std::span<const Gradient> input_gradients;
  std::span<real* const> parameter_gradients;  // written, never added to; null for statistics
};

/// Sums that gradients of parameters are joined from: memory for `count` times Plan::parameter_sum.
struct ParameterSums {
  std::byte* memory = nullptr;
  std::int64_t count = 0;
  std::int64_t index = 0;  // the sum that a part belongs to ...
  bool first = false;      // ... of which it is the first one
};

enum class Direction { forward, backward };

/// Turns parameters into the form that one direction reads. In inference called once for all runs, in training before
/// each forward and each backward, for the parameters have changed since. Only called for what the plan asked for.
struct Prepare {
  const Workers& workers;
  Direction direction;
  std::span<real* const> parameters;
  std::byte* prepared;
  std::byte* scratch;
};

/// What a fusion pass may know of a layer.
struct Traits {
  std::optional<kernels::Activation> activation = {};  // elementwise, computable from its output's sign or value
  bool add = false;                                    // sum of two inputs of one shape
  std::optional<double> batch_norm = {};               // per-channel normalisation with this eps
  bool max_pool = false;                               // the largest values of windows
  bool max_pool_2x2 = false;                           // ... of 2x2, side by side and wholly inside the image
  bool identity_in_inference = false;                  // dropout
};

class Layer {
 public:
  virtual ~Layer() = default;

  virtual void fields(Fields& f) = 0;

  /// How many inputs the layer takes: {least, most}.
  virtual std::pair<int, int> arity() const { return {1, 1}; }

  /// Throws ShapeError, with both shapes and the formula, if the inputs do not fit.
  virtual Plan plan(const Inputs& inputs) = 0;

  virtual void prepare(const Prepare&) const {}

  /// For Plan::gathers: looks at a part of the input, keeping what it finds in `scratch` ...
  virtual void gather(const Forward&) const {}
  /// ... and when all parts have been seen, draws the conclusion for the whole batch, into `saved`.
  virtual void settle(const Forward&) const {}
  virtual void forward(const Forward& f) const = 0;

  /// Likewise with the gradient of the output. `settle_gradient` writes the parameters' gradients, too.
  virtual void gather_gradient(const Backward&) const {}
  virtual void settle_gradient(const Backward&) const {}
  /// The gradients of the inputs.
  virtual void backward(const Backward& b) const = 0;
  /// The gradients of the parameters, after `backward`, which sees the same gradient of the output: from the whole
  /// batch ...
  virtual void backward_parameters(const Backward&) const {}
  /// ... or, for Plan::parameter_sum, each part's share is added to one of several sums, which are joined at the end.
  virtual void add_parameters(const Backward&, const ParameterSums&) const {}
  virtual void join_parameters(const Backward&, const ParameterSums&) const {}

  virtual Traits traits() const { return {}; }
  /// Takes over the work of `next`, the only consumer of this layer's output; false: cannot. Called before `plan`;
  /// `input` is the shape of the first input. When an `add` is absorbed its other operand becomes this layer's last
  /// input; the parameters of an absorbed batch norm (weight, bias, running_mean, running_var) join behind the layer's
  /// own.
  virtual bool absorb(const Traits& next, Mode mode, const Shape& input) {
    (void)next, (void)mode, (void)input;
    return false;
  }
};

/// All layers, in the order of the documentation.
const Catalog<Layer>& layers();

/// Throws ShapeError unless the input is an image, e.g. "expects an image (channels x height x width), got 120".
void expect_image(const Shape& shape);

}  // namespace cnnctl
