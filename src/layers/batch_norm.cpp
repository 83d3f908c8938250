// layers/batch_norm.cpp - batch_norm1d, 2d and 3d: each channel to mean 0 and deviation 1 over the batch, then
// scaled and shifted. Inference uses running averages of the batches' statistics. Everything means what it does in
// PyTorch: `momentum` is the weight of the new batch (Keras: 1 - momentum), the batch is normalised by the biased
// variance, and running_var averages the unbiased one.
// May do a residual sum and an activation behind it: y = act(batch_norm(x) + residual), one pass forward, two back. Or
// max pooling in windows of 2x2 and an activation: y = act(max_pool(batch_norm(x))).
// Where statistics are fixed, in inference and when frozen, it is an affine map of each channel and gathers nothing.
#include "kernels/norm/batch_norm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "kernels/norm/batch_norm_pool.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/batch_norm_arrays.hpp"
#include "layers/layer.hpp"
#include "layers/parameters.hpp"

namespace cnnctl {
namespace {

constexpr std::int64_t kLeastPartRows = 64;  // with fewer rows to a part the partial sums would be as many as the data
class BatchNorm : public Layer, private Preparing, private Gathering {
 public:
  void fields(Fields& f) final {
    f.optional("eps", eps_, "added to the variance", positive());
    f.optional("momentum", momentum_, "weight of the new batch in the running averages", between(0, 1));
    f.optional("affine", affine_, "learn a weight and a bias for each channel");
    f.optional("track_running_stats", track_, "keep running averages for inference; else it uses the batch's own");
  }

  Plan plan(const Inputs& inputs) final {
    const Shape& shape = inputs.shapes[0];
    check(shape);
    fuse(inputs.behind);
    if (add_ && !(inputs.shapes[1] == shape))
      throw ShapeError(
          fmt::format("add needs inputs of one shape, got {} and {}", shape.str(), inputs.shapes[1].str()));
    fixed_ = track_ && (inputs.mode == Mode::infer || inputs.frozen);
    if (inputs.mode == Mode::train && !fixed_ && inputs.batch * shape.positions() == 1)
      throw ShapeError("batch norm needs more than one value per channel to train, got a batch of 1");
    channels_ = shape.channels();
    positions_ = shape.positions();
    Plan plan;
    plan.output = pool_ ? plan_pool(shape) : shape;
    out_positions_ = plan.output.positions();
    plan.parameters = parameters();
    by_sample_ = inputs.part * positions_ >= kLeastPartRows;
    part_ = by_sample_ ? inputs.part : inputs.batch;
    plan.by_sample = by_sample_ || fixed_;
    if (fixed_) {
      plan_fixed(inputs, plan);
    } else {
      plan.bytes.scratch = std::max(kernels::batch_norm_scratch(geometry(inputs.batch)),
                                    kernels::batch_norm_scratch(gradient_geometry(inputs.batch)));
      plan.bytes.saved = aligned(bytes(BatchNormArrays::kCount));
      if (pool_ && inputs.mode == Mode::train) plan.bytes.saved += bytes(inputs.batch * out_positions_);
      plan.reads.output = add_;
      plan.cheap = !pool_;
      plan.in_place.forward = inputs.mode == Mode::infer && !pool_;
    }
    plan.in_place.backward = !pool_;
    return plan;
  }

  const Preparing* preparing() const final { return fixed_ ? this : nullptr; }
  const Gathering* gathering() const final { return fixed_ ? nullptr : this; }

  // prepared, where statistics are fixed: scale (C) and bias (C), and for backward zeros (C).
  void prepare(const Prepare& p) const final {
    auto* scale = reinterpret_cast<real*>(p.prepared);
    if (p.direction == Direction::backward) std::fill_n(scale + 2 * channels_, channels_, real{0});
    const real* running_var = p.parameters[statistics_at() + 1];
    for (std::int64_t c = 0; c < channels_; ++c) scale[c] = inverse_deviation(running_var[c]);
    with_affine(p.parameters, scale, scale, scale + channels_);
  }

  void gather(const Forward& f) const final {
    kernels::batch_norm_gather(f.workers, geometry(f.part.batch), f.part.first * positions_, f.part.n * positions_,
                               f.inputs[0].data, f.memory.scratch);
  }

  void settle(const Forward& f) const final {
    const BatchNormArrays of(f.memory.saved, channels_);
    kernels::batch_norm_settle(f.workers, geometry(f.part.batch), f.memory.scratch, of.mean, of.invstd);
    if (f.mode == Mode::train && track_) update_running(f, of.mean, of.invstd);
    for (std::int64_t c = 0; c < channels_; ++c) of.invstd[c] = inverse_deviation(of.invstd[c]);
    with_affine(f.parameters, of.invstd, of.scale, of.bias);
  }

  void forward(const Forward& f) const final {
    const kernels::BatchNormAffine affine =
        fixed_ ? fixed_affine(f) : BatchNormArrays(f.memory.saved, channels_).affine();
    const real* x = f.inputs[0].data;
    if (pool_)
      kernels::batch_norm_max_pool(f.workers, pool_geometry(f.part.n), activation_, x, affine, f.output.data,
                                   f.mode == Mode::train && !fixed_ ? largest(f) : nullptr);
    else
      kernels::batch_norm_apply(f.workers, geometry(f.part.n), x, affine, add_ ? f.inputs[1].data : nullptr,
                                f.output.data);
  }

  void gather_gradient(const Backward& b) const final {
    kernels::batch_norm_gather_gradient(b.workers, gradient_geometry(b.part.batch), b.part.first * out_positions_,
                                        b.part.n * out_positions_, saved(b), b.output_gradient.data, b.memory.scratch);
  }

  void settle_gradient(const Backward& b) const final {
    const BatchNormArrays of(b.memory.saved, channels_);
    kernels::batch_norm_settle_gradient(
        b.workers, gradient_geometry(b.part.batch), b.part.batch * positions_, saved(b), b.memory.scratch,
        of.coefficients(), affine_ ? b.parameter_gradients[0] : nullptr, affine_ ? b.parameter_gradients[1] : nullptr);
  }

  void backward(const Backward& b) const final {
    if (fixed_) return backward_fixed(b);
    kernels::BatchNormGradients out{.dx = b.input_gradients[0].data, .accumulate_dx = b.input_gradients[0].accumulate};
    if (add_) {
      out.dr = b.input_gradients[1].data;
      out.accumulate_dr = b.input_gradients[1].accumulate;
    }
    if (out.dx == nullptr && out.dr == nullptr) return;
    const kernels::BatchNormCoefficients coefficients = BatchNormArrays(b.memory.saved, channels_).coefficients();
    const real* dy = b.output_gradient.data;
    if (pool_)
      kernels::batch_norm_max_pool_grad(b.workers, pool_geometry(b.part.n), activation_, b.inputs[0].data,
                                        saved(b).affine, coefficients, dy, out.dx, out.accumulate_dx);
    else
      kernels::batch_norm_grad(b.workers, geometry(b.part.n), saved(b), coefficients, dy, out);
  }

  Traits traits() const final { return {.batch_norm = Traits::BatchNorm{eps_, momentum_, affine_ && track_}}; }

  bool fuses(const Inputs& inputs, const Traits& next) const final {
    if (inputs.behind.empty()) return next.add || (next.max_pool_2x2 && inputs.shapes[0].is_image()) || next.activation;
    return next.activation && !inputs.behind.back().traits.activation;
  }

 protected:
  virtual void check(const Shape& shape) const = 0;

 private:
  std::size_t bytes(std::int64_t arrays) const { return static_cast<std::size_t>(arrays * channels_) * sizeof(real); }
  Shape plan_pool(const Shape& shape) {
    pool_geometry_ = {.channels = channels_,
                      .height = shape.height(),
                      .width = shape.width(),
                      .out_height = shape.height() / 2,
                      .out_width = shape.width() / 2,
                      .window_h = 2,
                      .window_w = 2,
                      .stride_h = 2,
                      .stride_w = 2};
    return {channels_, pool_geometry_.out_height, pool_geometry_.out_width};
  }

  void fuse(const std::vector<Fused>& behind) {
    activation_ = fused_activation(behind);
    add_ = !behind.empty() && behind.front().traits.add;
    pool_ = !behind.empty() && behind.front().traits.max_pool_2x2;
  }

  /// Backward scales the gradient, of which nothing else need be known but what the activation and the pooling let
  /// through.
  void plan_fixed(const Inputs& inputs, Plan& plan) const {
    plan.bytes.prepared = bytes(2);
    if (inputs.mode == Mode::train) plan.bytes.prepared_backward = bytes(3);
    plan.reads = {.input = pool_, .output = !pool_ && has_activation()};
    plan.in_place.forward = !pool_;
  }

  kernels::BatchNormAffine fixed_affine(const Run& r) const {
    const auto* scale = reinterpret_cast<const real*>(r.memory.prepared);
    return {r.parameters[statistics_at()], scale, scale + channels_};
  }

  void backward_fixed(const Backward& b) const {
    auto* scale = reinterpret_cast<real*>(b.memory.prepared);
    real* zeros = scale + 2 * channels_;
    const auto [dx, accumulate] = b.input_gradients[0];
    real* dy = b.output_gradient.data;
    if (pool_) {
      if (dx != nullptr)
        kernels::batch_norm_max_pool_grad(b.workers, pool_geometry(b.part.n), activation_, b.inputs[0].data,
                                          fixed_affine(b), {scale, zeros, zeros}, dy, dx, accumulate);
      return;
    }
    const std::int64_t count = b.output_gradient.count();
    if (has_activation()) kernels::activate_grad(b.workers, activation_, count, b.output.data, dy, dy, false);
    if (add_ && b.input_gradients[1].data != nullptr)
      kernels::copy(b.workers, count, dy, b.input_gradients[1].data, b.input_gradients[1].accumulate);
    if (dx == nullptr) return;
    const kernels::BatchNormGeometry linear{b.part.n * positions_, channels_, {}, part_ * positions_};
    kernels::batch_norm_apply(b.workers, linear, dy, {zeros, scale, zeros}, accumulate ? dx : nullptr, dx);
  }

  bool has_activation() const { return activation_.type != kernels::Activation::Type::none; }

  kernels::BatchNormGeometry geometry(std::int64_t n) const {
    return {n * positions_, channels_, activation_, part_ * positions_};
  }
  /// Of the values that have a gradient.
  kernels::BatchNormGeometry gradient_geometry(std::int64_t n) const {
    return {n * out_positions_, channels_, activation_, part_ * out_positions_};
  }
  kernels::PoolGeometry pool_geometry(std::int64_t n) const {
    kernels::PoolGeometry g = pool_geometry_;
    g.n = n;
    return g;
  }
  /// With pooling: the values of the input that the part's output is made of.
  real* largest(const Run& r) const {
    return reinterpret_cast<real*>(r.memory.saved + aligned(bytes(BatchNormArrays::kCount)) +
                                   bytes(r.part.first * out_positions_));
  }
  kernels::BatchNormSaved saved(const Backward& b) const {
    const BatchNormArrays of(b.memory.saved, channels_);
    return {pool_ ? largest(b) : b.inputs[0].data, of.affine(), of.invstd, add_ ? b.output.data : nullptr};
  }

  std::vector<Parameter> parameters() const {
    std::vector<Parameter> all;
    if (affine_) all = scale_and_shift(channels_);
    if (track_)
      all.push_back(channel_parameter("running_mean", channels_, Parameter::Role::statistic, Init::Type::zeros));
    if (track_)
      all.push_back(channel_parameter("running_var", channels_, Parameter::Role::statistic, Init::Type::ones));
    return all;
  }

  /// Position of running_mean among the parameters; running_var follows.
  std::size_t statistics_at() const { return affine_ ? 2 : 0; }

  real inverse_deviation(real var) const { return static_cast<real>(1 / std::sqrt(static_cast<double>(var) + eps_)); }

  /// scale = weight * invstd and the bias, with the neutral values where there is no affine part.
  void with_affine(std::span<real* const> parameters, const real* invstd, real* scale, real* bias) const {
    for (std::int64_t c = 0; c < channels_; ++c) {
      scale[c] = affine_ ? parameters[0][c] * invstd[c] : invstd[c];
      bias[c] = affine_ ? parameters[1][c] : real{0};
    }
  }

  void update_running(const Forward& f, const real* mean, const real* var) const {
    real* running_mean = f.parameters[statistics_at()];
    real* running_var = f.parameters[statistics_at() + 1];
    const double rows = static_cast<double>(f.part.batch * positions_);
    for (std::int64_t c = 0; c < channels_; ++c) {
      running_mean[c] = static_cast<real>((1 - momentum_) * running_mean[c] + momentum_ * mean[c]);
      if (rows == 1) continue;  // one value says nothing of the variance
      running_var[c] = static_cast<real>((1 - momentum_) * running_var[c] + momentum_ * var[c] * (rows / (rows - 1)));
    }
  }

  double eps_ = 1e-5, momentum_ = 0.1;
  bool affine_ = true, track_ = true;
  bool add_ = false, pool_ = false;  // fused behind, one of them at most
  kernels::Activation activation_;   // behind those
  bool fixed_ = false;               // statistics are the running ones, and stay as they are
  std::int64_t channels_ = 1, positions_ = 1, out_positions_ = 1;
  kernels::PoolGeometry pool_geometry_;  // of one image
  bool by_sample_ = true;
  std::int64_t part_ = 1;  // samples of a part
};

class BatchNorm1d final : public BatchNorm {
  void check(const Shape& shape) const override {
    if (shape.axes() > 1)
      throw ShapeError(fmt::format("expects a vector of features or a sequence (channels x length), got {}{}",
                                   shape.str(), shape.is_image() ? "; batch_norm2d is for images" : ""));
  }
};

template <int kAxes>
class BatchNormOf final : public BatchNorm {
  void check(const Shape& shape) const override { expect_axes(shape, kAxes); }
};

}  // namespace

extern constinit const Kind<Layer> kBatchNorm1d = kind_of<Layer, BatchNorm1d>(
    "batch_norm1d",
    "Normalises each feature of a vector, or channel of a sequence, over the batch.\n"
    "y = (x - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]\nIoffe, Szegedy, \"Batch normalization\", 2015",
    "{momentum: 0.2}");
extern constinit const Kind<Layer> kBatchNorm2d = kind_of<Layer, BatchNormOf<2>>(
    "batch_norm2d",
    "Normalises each channel of an image over the batch.\n"
    "y = (x - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]\nIoffe, Szegedy, \"Batch normalization\", 2015",
    "{momentum: 0.2}");
extern constinit const Kind<Layer> kBatchNorm3d = kind_of<Layer, BatchNormOf<3>>(
    "batch_norm3d",
    "Normalises each channel of a volume over the batch.\n"
    "y = (x - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]\nIoffe, Szegedy, \"Batch normalization\", 2015",
    "{momentum: 0.2}");

}  // namespace cnnctl
