// layers/batch_norm.cpp - batch_norm1d and batch_norm2d: each channel to mean 0 and deviation 1 over the batch, then
// scaled and shifted. Inference uses running averages of the batches' statistics. Everything means what it does in
// PyTorch: `momentum` is the weight of the new batch (Keras: 1 - momentum), the batch is normalised by the biased
// variance, and running_var averages the unbiased one.
//
// May absorb a residual sum and an activation: y = act(batch_norm(x) + residual), one pass forward, two back. Or max
// pooling in windows of 2x2 and an activation: y = act(max_pool(batch_norm(x))).
#include "kernels/norm/batch_norm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "kernels/norm/batch_norm_pool.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

constexpr std::int64_t kLeastPartRows = 64;  // with fewer rows to a part the partial sums would be as many as the data

/// What is kept from the batch for its forward and backward pass, (C) each.
constexpr std::int64_t kArrays = 7;
struct Arrays {
  real *mean, *invstd, *scale, *bias;  // scale = weight * invstd
  real *a, *b, *k;                     // of the gradient

  Arrays(std::byte* saved, std::int64_t channels) : mean(reinterpret_cast<real*>(saved)) {
    real* at = mean;
    for (real** array : {&invstd, &scale, &bias, &a, &b, &k}) *array = at += channels;
  }
  kernels::BatchNormAffine affine() const { return {mean, scale, bias}; }
  kernels::BatchNormCoefficients coefficients() const { return {a, b, k}; }
};

class BatchNorm : public Layer {
 public:
  void fields(Fields& f) final {
    f.optional("eps", eps_, "added to the variance", positive());
    f.optional("momentum", momentum_, "weight of the new batch in the running averages", between(0, 1));
    f.optional("affine", affine_, "learn a weight and a bias for each channel");
    f.optional("track_running_stats", track_, "keep running averages for inference; else it uses the batch's own");
  }

  std::pair<int, int> arity() const final { return add_ ? std::pair{2, 2} : std::pair{1, 1}; }

  Plan plan(const Inputs& inputs) final {
    const Shape& shape = inputs.shapes[0];
    check(shape);
    if (add_ && !(inputs.shapes[1] == shape))
      throw ShapeError(
          fmt::format("add needs inputs of one shape, got {} and {}", shape.str(), inputs.shapes[1].str()));
    if (inputs.mode == Mode::train && inputs.batch * shape.pixels() == 1)
      throw ShapeError("batch norm needs more than one value per channel to train, got a batch of 1");
    channels_ = shape.channels();
    pixels_ = shape.pixels();
    Plan plan;
    plan.output = pool_ ? plan_pool(shape) : shape;
    out_pixels_ = plan.output.pixels();
    plan.parameters = parameters();
    by_sample_ = inputs.group * pixels_ >= kLeastPartRows;
    group_ = by_sample_ ? inputs.group : inputs.batch;
    plan.gathers = inputs.mode == Mode::train || !track_;
    plan.by_sample = by_sample_ || !plan.gathers;
    if (plan.gathers) {
      plan.scratch = std::max(kernels::batch_norm_scratch(geometry(inputs.batch)),
                              kernels::batch_norm_scratch(gradient_geometry(inputs.batch)));
      plan.saved = aligned(bytes(kArrays));
      if (pool_ && inputs.mode == Mode::train) plan.saved += bytes(inputs.batch * out_pixels_);
    } else {
      plan.prepared = bytes(2);
    }
    plan.gradient_in_place = plan.cheap = !pool_;
    plan.backward_reads_output = add_;
    plan.in_place = inputs.mode == Mode::infer && !pool_;
    return plan;
  }

  // prepared: scale (C) and bias (C) of inference.
  void prepare(const Prepare& p) const final {
    auto* scale = reinterpret_cast<real*>(p.prepared);
    const real* running_var = p.parameters[statistics_at() + 1];
    for (std::int64_t c = 0; c < channels_; ++c) scale[c] = inverse_deviation(running_var[c]);
    with_affine(p.parameters, scale, scale, scale + channels_);
  }

  void gather(const Forward& f) const final {
    kernels::batch_norm_gather(f.workers, geometry(f.batch), f.first * pixels_, f.n * pixels_, f.inputs[0].data,
                               f.scratch);
  }

  void settle(const Forward& f) const final {
    const Arrays of(f.saved, channels_);
    kernels::batch_norm_settle(f.workers, geometry(f.batch), f.scratch, of.mean, of.invstd);
    if (f.mode == Mode::train && track_) update_running(f, of.mean, of.invstd);
    for (std::int64_t c = 0; c < channels_; ++c) of.invstd[c] = inverse_deviation(of.invstd[c]);
    with_affine(f.parameters, of.invstd, of.scale, of.bias);
  }

  void forward(const Forward& f) const final {
    kernels::BatchNormAffine affine;
    if (f.mode == Mode::infer && track_) {
      const auto* scale = reinterpret_cast<const real*>(f.prepared);
      affine = {f.parameters[statistics_at()], scale, scale + channels_};
    } else {
      affine = Arrays(f.saved, channels_).affine();
    }
    const real* x = f.inputs[0].data;
    if (pool_)
      kernels::batch_norm_max_pool(f.workers, pool_geometry(f.n), activation_, x, affine, f.output.data,
                                   f.mode == Mode::train ? largest(f) : nullptr);
    else
      kernels::batch_norm_apply(f.workers, geometry(f.n), x, affine, add_ ? f.inputs[1].data : nullptr, f.output.data);
  }

  void gather_gradient(const Backward& b) const final {
    kernels::batch_norm_gather_gradient(b.workers, gradient_geometry(b.batch), b.first * out_pixels_, b.n * out_pixels_,
                                        saved(b), b.output_gradient.data, b.scratch);
  }

  void settle_gradient(const Backward& b) const final {
    const Arrays of(b.saved, channels_);
    kernels::batch_norm_settle_gradient(b.workers, gradient_geometry(b.batch), b.batch * pixels_, saved(b), b.scratch,
                                        of.coefficients(), affine_ ? b.parameter_gradients[0] : nullptr,
                                        affine_ ? b.parameter_gradients[1] : nullptr);
  }

  void backward(const Backward& b) const final {
    kernels::BatchNormGradients out{.dx = b.input_gradients[0].data, .accumulate_dx = b.input_gradients[0].accumulate};
    if (add_) {
      out.dr = b.input_gradients[1].data;
      out.accumulate_dr = b.input_gradients[1].accumulate;
    }
    if (out.dx == nullptr && out.dr == nullptr) return;
    const kernels::BatchNormCoefficients coefficients = Arrays(b.saved, channels_).coefficients();
    const real* dy = b.output_gradient.data;
    if (pool_)
      kernels::batch_norm_max_pool_grad(b.workers, pool_geometry(b.n), activation_, b.inputs[0].data, saved(b).affine,
                                        coefficients, dy, out.dx, out.accumulate_dx);
    else
      kernels::batch_norm_grad(b.workers, geometry(b.n), saved(b), coefficients, dy, out);
  }

  Traits traits() const final {
    const bool plain = !add_ && !pool_ && activation_.type == kernels::Activation::Type::none;
    if (!plain || !affine_ || !track_) return {};  // who folds it relies on all four arrays
    return {.batch_norm = eps_};
  }

  bool absorb(const Traits& next, Mode, const Shape&) final {
    if (activation_.type != kernels::Activation::Type::none) return false;
    if (next.add && !add_ && !pool_) return add_ = true;
    if (next.max_pool_2x2 && !add_ && !pool_) return pool_ = true;
    if (!next.activation) return false;
    activation_ = *next.activation;
    return true;
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

  kernels::BatchNormGeometry geometry(std::int64_t n) const {
    return {n * pixels_, channels_, activation_, group_ * pixels_};
  }
  /// Of the values that have a gradient.
  kernels::BatchNormGeometry gradient_geometry(std::int64_t n) const {
    return {n * out_pixels_, channels_, activation_, group_ * out_pixels_};
  }
  kernels::PoolGeometry pool_geometry(std::int64_t n) const {
    kernels::PoolGeometry g = pool_geometry_;
    g.n = n;
    return g;
  }
  /// With pooling: the values of the input that the part's output is made of.
  real* largest(const Run& r) const {
    return reinterpret_cast<real*>(r.saved + aligned(bytes(kArrays)) + bytes(r.first * out_pixels_));
  }
  kernels::BatchNormSaved saved(const Backward& b) const {
    const Arrays of(b.saved, channels_);
    return {pool_ ? largest(b) : b.inputs[0].data, of.affine(), of.invstd, add_ ? b.output.data : nullptr};
  }

  std::vector<Parameter> parameters() const {
    using Role = Parameter::Role;
    const Init zeros{.type = Init::Type::zeros}, ones{.type = Init::Type::ones};
    std::vector<Parameter> all;
    const auto append = [&](const char* name, Role role, const Init& init) {
      all.push_back({.name = name, .shape = {channels_}, .role = role, .init = init, .split = {}, .order = {}});
    };
    if (affine_) append("weight", Role::norm, ones);
    if (affine_) append("bias", Role::norm, zeros);
    if (track_) append("running_mean", Role::statistic, zeros);
    if (track_) append("running_var", Role::statistic, ones);
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
    const double rows = static_cast<double>(f.batch * pixels_);
    for (std::int64_t c = 0; c < channels_; ++c) {
      running_mean[c] = static_cast<real>((1 - momentum_) * running_mean[c] + momentum_ * mean[c]);
      if (rows == 1) continue;  // one value says nothing of the variance
      running_var[c] = static_cast<real>((1 - momentum_) * running_var[c] + momentum_ * var[c] * (rows / (rows - 1)));
    }
  }

  double eps_ = 1e-5, momentum_ = 0.1;
  bool affine_ = true, track_ = true;
  bool add_ = false, pool_ = false;  // absorbed, one of them at most
  kernels::Activation activation_;   // absorbed, behind those
  std::int64_t channels_ = 1, pixels_ = 1, out_pixels_ = 1;
  kernels::PoolGeometry pool_geometry_;  // of one image
  bool by_sample_ = true;
  std::int64_t group_ = 1;  // samples of a part
};

class BatchNorm1d final : public BatchNorm {
  void check(const Shape& shape) const override {
    if (shape.rank() != 1)
      throw ShapeError(fmt::format("expects a vector of features, got {}; batch_norm2d is for images", shape.str()));
  }
};

class BatchNorm2d final : public BatchNorm {
  void check(const Shape& shape) const override { expect_image(shape); }
};

}  // namespace

extern constinit const Kind<Layer> kBatchNorm1d = kind_of<Layer, BatchNorm1d>(
    "batch_norm1d", "Normalises each feature of a vector over the batch.", "{momentum: 0.2}");
extern constinit const Kind<Layer> kBatchNorm2d = kind_of<Layer, BatchNorm2d>(
    "batch_norm2d", "Normalises each channel of an image over the batch.", "{momentum: 0.2}");

}  // namespace cnnctl
