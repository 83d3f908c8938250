// layers/upsample.cpp - sequences, images and volumes of other sizes by interpolation, as torch.nn.Upsample.
// One axis after the other: an interpolation of several axes is a product of those of each.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "kernels/pointwise/resample.hpp"
#include "layers/layer.hpp"
#include "layers/samples.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

enum class Interpolation { nearest, linear, bilinear, trilinear, bicubic };

}  // namespace

template <>
struct Words<Interpolation> {
  static constexpr std::pair<std::string_view, Interpolation> list[] = {{"nearest", Interpolation::nearest},
                                                                        {"linear", Interpolation::linear},
                                                                        {"bilinear", Interpolation::bilinear},
                                                                        {"trilinear", Interpolation::trilinear},
                                                                        {"bicubic", Interpolation::bicubic}};
};

namespace {

using kernels::LineWeights;

/// Keys' cubic convolution with PyTorch's a = -3/4: weights of the places -1, 0, 1, 2 around a point `t` behind place
/// 0.
std::array<double, 4> cubic_weights(double t) {
  constexpr double a = -0.75;
  const auto near = [](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  return {far(t + 1), near(t), near(1 - t), far(2 - t)};
}

class Upsample final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("scale_factor");
    f.optional("scale_factor", factor_, "how many times longer each axis becomes", between(1.0 / 1024, 1024));
    f.optional("size", size_, "in its place: one number, or one for each axis", between(1, kLargestSize));
    f.optional("mode", mode_,
               "how values between others are found: linear of sequences, bilinear and bicubic of images, "
               "trilinear of volumes, nearest of all");
    f.optional("align_corners", align_, "the first and the last values stay where they are; not for nearest");
    f.check(factor_.has_value() == size_.empty(), "scale_factor", "upsample needs one of scale_factor and size");
    f.check(!align_ || mode_ != Interpolation::nearest, "align_corners", "mode nearest has no corners to align");
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    const int axes = x.axes();
    require_mode(x);
    axes_.clear();
    std::vector<std::int64_t> sizes{x.channels()};
    std::int64_t lines = 1, width = x.count(), most = 0;
    for (int i = 0; i < axes; ++i) {
      const std::int64_t in = x.extents()[static_cast<std::size_t>(i)], out = output_size(x, i);
      width /= in;
      axes_.push_back({weights(in, out), lines, width});
      lines *= out;
      if (i + 1 < axes) most = std::max(most, lines * width);
      sizes.push_back(out);
    }
    count_of(sizes);
    between_ = most;
    Plan plan;
    plan.output = Shape(sizes);
    plan.reach.window = Sizes::all(axes, mode_ == Interpolation::nearest ? 1 : mode_ == Interpolation::bicubic ? 4 : 2);
    for (int i = 0; i < axes; ++i)
      plan.reach.stride[static_cast<std::size_t>(i)] =
          static_cast<double>(x.extents()[static_cast<std::size_t>(i)]) / static_cast<double>(output_size(x, i));
    plan.reads.input = false;
    plan.by_sample = true;
    plan.bytes.worker_scratch = static_cast<std::size_t>(std::min(axes - 1, 2)) * between_bytes();
    return plan;
  }

  // The values between two axes stand in one of two rooms of the worker.
  void forward(const Forward& f) const override {
    const std::int64_t x_count = f.inputs[0].shape.count(), y_count = f.output.shape.count();
    for_each_sample(f, [&](std::int64_t n, const Workers& workers, std::byte* scratch) {
      const real* from = f.inputs[0].data + n * x_count;
      for (std::size_t i = 0; i < axes_.size(); ++i) {
        real* to = i + 1 == axes_.size() ? f.output.data + n * y_count : room(scratch, i % 2);
        kernels::resample(workers, axes_[i].weights, axes_[i].lines, axes_[i].width, from, to);
        from = to;
      }
    });
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    const std::int64_t x_count = b.inputs[0].shape.count(), y_count = b.output_gradient.shape.count();
    for_each_sample(b,
                    [&, dx = dx, accumulate = accumulate](std::int64_t n, const Workers& workers, std::byte* scratch) {
                      const real* from = b.output_gradient.data + n * y_count;
                      for (std::size_t i = axes_.size(); i-- > 0;) {
                        real* to = i == 0 ? dx + n * x_count : room(scratch, (axes_.size() - 1 - i) % 2);
                        kernels::resample_grad(workers, axes_[i].weights, axes_[i].lines, axes_[i].width, from, to,
                                               i == 0 && accumulate);
                        from = to;
                      }
                    });
  }

 private:
  struct ResampledAxis {
    LineWeights weights;
    std::int64_t lines, width;  // before and behind the axis
  };

  real* room(std::byte* scratch, std::size_t which) const {
    return reinterpret_cast<real*>(scratch + which * between_bytes());
  }
  std::size_t between_bytes() const { return aligned(static_cast<std::size_t>(between_) * sizeof(real)); }

  void require_mode(const Shape& x) const {
    if (x.axes() == 0) throw ShapeError(fmt::format("expects positions to interpolate between, got {}", x.str()));
    const int wants = mode_ == Interpolation::nearest     ? x.axes()
                      : mode_ == Interpolation::linear    ? 1
                      : mode_ == Interpolation::trilinear ? 3
                                                          : 2;
    expect_axes(x, wants);
  }

  std::int64_t output_size(const Shape& x, int axis) const {
    const std::int64_t in = x.extents()[static_cast<std::size_t>(axis)];
    if (!factor_ && size_.size() != 1 && size_.size() != static_cast<std::size_t>(x.axes()))
      throw ShapeError(
          fmt::format("size [{}] needs one number or {} for {}", fmt::join(size_, ", "), x.axes(), x.str()));
    const std::int64_t out = factor_ ? static_cast<std::int64_t>(static_cast<double>(in) * *factor_)
                                     : size_[size_.size() == 1 ? 0 : static_cast<std::size_t>(axis)];
    if (out < 1) throw ShapeError(fmt::format("nothing is left of {} at scale_factor {}", x.str(), *factor_));
    return out;
  }

  /// Of the source's places: those of PyTorch, half a place from the edge unless corners are aligned.
  LineWeights weights(std::int64_t in, std::int64_t out) const {
    const double last = static_cast<double>(in - 1);
    const double step = align_    ? (out > 1 ? last / static_cast<double>(out - 1) : 0)
                        : factor_ ? 1 / *factor_
                                  : static_cast<double>(in) / static_cast<double>(out);
    const bool nearest = mode_ == Interpolation::nearest, cubic = mode_ == Interpolation::bicubic;
    LineWeights w{in, out, nearest ? 1 : cubic ? 4 : 2, {}, {}};
    const auto add = [&](double place, double weight) {
      w.places.push_back(static_cast<std::int32_t>(std::clamp(place, 0.0, last)));
      w.weights.push_back(static_cast<real>(weight));
    };
    for (std::int64_t i = 0; i < out; ++i) {
      const double at = static_cast<double>(i);
      double from = align_ || nearest ? at * step : (at + 0.5) * step - 0.5;
      if (!cubic) from = std::max(from, 0.0);
      const double place = std::floor(from), rest = from - place;
      if (nearest) {
        add(place, 1);
      } else if (cubic) {
        const std::array<double, 4> four = cubic_weights(rest);
        for (int t = 0; t < 4; ++t) add(place + t - 1, four[static_cast<std::size_t>(t)]);
      } else {
        add(place, 1 - rest);
        add(place + 1, rest);
      }
    }
    return w;
  }

  std::optional<double> factor_;
  std::vector<std::int64_t> size_;
  Interpolation mode_ = Interpolation::nearest;
  bool align_ = false;
  std::vector<ResampledAxis> axes_;
  std::int64_t between_ = 0;  // values of a sample between two axes
};

}  // namespace

extern constinit const Kind<Layer> kUpsample = kind_of<Layer, Upsample>(
    "upsample",
    "Sizes changed by interpolation, as torch.nn.Upsample.\n"
    "y[i] = x at (i + 0.5) * in/out - 0.5, between its neighbours; nearest: x[floor(i * in/out)]",
    "{scale_factor: 2, mode: bilinear}");

}  // namespace cnnctl
