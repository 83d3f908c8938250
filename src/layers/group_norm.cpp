// layers/group_norm.cpp - each sample's groups of channels to mean 0 and deviation 1, then each channel scaled and
// shifted: group_norm, as torch.nn.GroupNorm (Wu and He, "Group normalization", ECCV 2018), and instance_norm, whose
// groups are single channels, as torch.nn.InstanceNorm1d, 2d and 3d (Ulyanov et al., arXiv 1607.08022).
//
// Of a sample, the kernels of batch norm gather each channel's statistics; those of a group follow from its channels'.
// May do an activation behind it: y = act(group_norm(x)).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "kernels/matrix/column_sums.hpp"
#include "kernels/norm/batch_norm.hpp"
#include "layers/batch_norm_arrays.hpp"
#include "layers/layer.hpp"
#include "layers/parameters.hpp"
#include "layers/samples.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

class NormOfGroups : public Layer, private Summing {
 public:
  Plan plan(const Inputs& inputs) final {
    const Shape& x = inputs.shapes[0];
    channels_ = x.channels();
    positions_ = x.positions();
    groups_ = groups_of(x);
    affine_ = has_affine();
    activation_ = fused_activation(inputs.behind);
    summed_ = affine_ && inputs.mode == Mode::train && inputs.parameter_gradients;
    Plan plan;
    plan.output = x;
    if (affine_) plan.parameters = scale_and_shift(channels_);
    plan.bytes.worker_scratch = kernels::batch_norm_scratch(geometry());
    plan.bytes.saved = static_cast<std::size_t>(inputs.batch) * saved_bytes();
    if (summed_) plan.bytes.parameter_scratch = 2 * aligned(bytes(inputs.batch)) + scratch_of_sums(inputs.batch);
    plan.in_place = {inputs.mode == Mode::infer, true};
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const final {
    for_each_sample(f, [&](std::int64_t n, const Workers& workers, std::byte* scratch) {
      const real* x = f.inputs[0].data + n * size();
      const BatchNormArrays of(saved(f, n), channels_);
      kernels::batch_norm_gather(workers, geometry(), 0, positions_, x, scratch);
      kernels::batch_norm_settle(workers, geometry(), scratch, of.mean, of.invstd);
      settle(of, affine_ ? f.parameters[0] : nullptr, affine_ ? f.parameters[1] : nullptr);
      kernels::batch_norm_apply(workers, geometry(), x, of.affine(), nullptr, f.output.data + n * size());
    });
  }

  void backward(const Backward& b) const final {
    const auto [dx, accumulate] = b.input_gradients[0];
    for_each_sample(
        b, [&, dx = dx, accumulate = accumulate](std::int64_t n, const Workers& workers, std::byte* scratch) {
          const BatchNormArrays of(saved(b, n), channels_);
          const kernels::BatchNormSaved saved{b.inputs[0].data + n * size(), of.affine(), of.invstd, nullptr};
          const real* dy = b.output_gradient.data + n * size();
          real* weight = gradients(b, n);
          kernels::batch_norm_gather_gradient(workers, geometry(), 0, positions_, saved, dy, scratch);
          kernels::batch_norm_settle_gradient(workers, geometry(), positions_, saved, scratch, of.coefficients(),
                                              weight, weight + channels_);
          if (dx == nullptr) return;
          settle_gradient(of, weight, weight + channels_);
          kernels::batch_norm_grad(workers, geometry(), saved, of.coefficients(), dy,
                                   {.dx = dx + n * size(), .accumulate_dx = accumulate});
        });
  }

  /// The samples' gradients, which `backward` has left behind their statistics, summed up.
  void backward_parameters(const Backward& b) const final {
    for (std::size_t i = 0; i < 2; ++i) {
      if (b.parameter_gradients[i] == nullptr) continue;
      auto* rows = reinterpret_cast<real*>(b.memory.scratch);
      for (std::int64_t n = 0; n < b.part.n; ++n)
        std::copy_n(gradients(b, n) + static_cast<std::int64_t>(i) * channels_, channels_, rows + n * channels_);
      kernels::column_sums(b.workers, b.part.n, channels_, rows, b.parameter_gradients[i],
                           b.memory.scratch + aligned(bytes(b.part.batch)));
    }
  }

  const Summing* summing() const final { return summed_ ? this : nullptr; }

  bool fuses(const Inputs& inputs, const Traits& next) const final {
    return inputs.behind.empty() && next.activation.has_value();
  }

 protected:
  virtual std::int64_t groups_of(const Shape& x) const = 0;
  virtual bool has_affine() const = 0;
  double eps_ = 1e-5;

 private:
  std::int64_t size() const { return positions_ * channels_; }
  std::size_t bytes(std::int64_t arrays) const { return static_cast<std::size_t>(arrays * channels_) * sizeof(real); }
  std::size_t scratch_of_sums(std::int64_t n) const { return kernels::column_sums_scratch(n, channels_); }
  kernels::BatchNormGeometry geometry() const { return {positions_, channels_, activation_}; }

  // What is kept of a sample: the arrays of batch norm, then the gradients of weight and bias.
  std::size_t saved_bytes() const { return aligned(bytes(BatchNormArrays::kCount)) + aligned(bytes(2)); }
  std::byte* saved(const Run& r, std::int64_t n) const {
    return r.memory.saved + static_cast<std::size_t>(r.part.first + n) * saved_bytes();
  }
  real* gradients(const Run& r, std::int64_t n) const {
    return reinterpret_cast<real*>(saved(r, n) + aligned(bytes(BatchNormArrays::kCount)));
  }

  /// From the channels' means and variances (in `invstd`) to what normalises them by their group's: the variance of a
  /// group is the mean of its channels' variances and of the squared distances of their means from its own.
  void settle(const BatchNormArrays& of, const real* weight, const real* bias) const {
    const std::int64_t run = channels_ / groups_;
    for (std::int64_t first = 0; first < channels_; first += run) {
      double mean = 0, var = 0;
      for (std::int64_t c = first; c < first + run; ++c) mean += of.mean[c];
      mean /= static_cast<double>(run);
      for (std::int64_t c = first; c < first + run; ++c)
        var += of.invstd[c] + (of.mean[c] - mean) * (of.mean[c] - mean);
      const double invstd = 1 / std::sqrt(var / static_cast<double>(run) + eps_);
      for (std::int64_t c = first; c < first + run; ++c) {
        of.mean[c] = static_cast<real>(mean);
        of.invstd[c] = static_cast<real>(invstd);
        of.scale[c] = static_cast<real>(weight != nullptr ? weight[c] * invstd : invstd);
        of.bias[c] = bias != nullptr ? bias[c] : real{0};
      }
    }
  }

  /// The coefficients of a group, from the sums over its channels: dweight = sum(g * (x - mean)) * invstd and
  /// dbias = sum(g), g the gradient behind the activation.
  void settle_gradient(const BatchNormArrays& of, const real* dweight, const real* dbias) const {
    const std::int64_t run = channels_ / groups_;
    const double count = static_cast<double>(run * positions_);
    for (std::int64_t first = 0; first < channels_; first += run) {
      double sum = 0, product = 0;  // of scale * g, and of scale * g * (x - mean) * invstd
      for (std::int64_t c = first; c < first + run; ++c) {
        sum += static_cast<double>(of.scale[c]) * dbias[c];
        product += static_cast<double>(of.scale[c]) * dweight[c];
      }
      for (std::int64_t c = first; c < first + run; ++c) {
        of.a[c] = of.scale[c];
        of.b[c] = static_cast<real>(-product * of.invstd[c] / count);
        of.k[c] = static_cast<real>(-sum / count);
      }
    }
  }

  std::int64_t channels_ = 1, positions_ = 1, groups_ = 1;
  bool affine_ = true, summed_ = true;
  kernels::Activation activation_;  // fused behind
};

class GroupNorm final : public NormOfGroups {
 public:
  void fields(Fields& f) override {
    f.shorthand("num_groups");
    f.required("num_groups", num_groups_, "groups of channels that are normalised together", between(1, kLargestSize));
    f.optional("eps", eps_, "added to the variance", positive());
    f.optional("affine", with_affine_, "learn a weight and a bias for each channel");
  }

 private:
  std::int64_t groups_of(const Shape& x) const override {
    if (x.channels() % num_groups_ != 0)
      throw ShapeError(
          fmt::format("num_groups {} must divide the {} channels of {}", num_groups_, x.channels(), x.str()));
    return num_groups_;
  }
  bool has_affine() const override { return with_affine_; }

  std::int64_t num_groups_ = 1;
  bool with_affine_ = true;
};

class InstanceNorm final : public NormOfGroups {
 public:
  void fields(Fields& f) override {
    f.optional("eps", eps_, "added to the variance", positive());
    f.optional("affine", with_affine_, "learn a weight and a bias for each channel");
  }

 private:
  std::int64_t groups_of(const Shape& x) const override {
    if (x.positions() == 1)
      throw ShapeError(fmt::format("instance_norm needs more than one position in a channel, got {}", x.str()));
    return x.channels();
  }
  bool has_affine() const override { return with_affine_; }

  bool with_affine_ = false;
};

}  // namespace

extern constinit const Kind<Layer> kGroupNorm = kind_of<Layer, GroupNorm>(
    "group_norm",
    "Normalises groups of channels of each sample, as torch.nn.GroupNorm.\n"
    "y = (x - mean[g]) / sqrt(var[g] + eps) * weight[c] + bias[c], over a group of channels of a sample\n"
    "Wu, He, \"Group normalization\", ECCV 2018",
    "{num_groups: 1}");
extern constinit const Kind<Layer> kInstanceNorm = kind_of<Layer, InstanceNorm>(
    "instance_norm",
    "Normalises each channel of each sample, as torch.nn.InstanceNorm.\n"
    "y = (x - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c], over a channel of a sample\n"
    "Ulyanov, Vedaldi, Lempitsky, \"Instance normalization\", 2016",
    "{affine: true}");

}  // namespace cnnctl
