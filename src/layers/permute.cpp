// layers/permute.cpp - the axes of a sample in another order: permute, as torch.Tensor.permute without the batch, and
// pixel_shuffle, which makes of each r * r channels a square of r x r pixels.
// Shi et al., "Real-time single image and video super-resolution", CVPR 2016, as torch.nn.PixelShuffle.
#include "kernels/pointwise/permute.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "layers/layer.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

/// A sample's memory as an array of some axes, and those of the output's memory.
class AxesInOtherOrder : public Layer {
 public:
  Plan plan(const Inputs& inputs) final {
    Plan plan;
    plan.output = arrange(inputs.shapes[0]);
    plan.reach = reach();
    back_.assign(order_.size(), 0);
    turned_.assign(order_.size(), 0);
    for (std::size_t i = 0; i < order_.size(); ++i) {
      back_[static_cast<std::size_t>(order_[i])] = static_cast<int>(i);
      turned_[i] = sizes_[static_cast<std::size_t>(order_[i])];
    }
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const final {
    kernels::permute(f.workers, f.part.n, sizes_, order_, f.inputs[0].data, f.output.data, false);
  }

  void backward(const Backward& b) const final {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr) kernels::permute(b.workers, b.part.n, turned_, back_, b.output_gradient.data, dx, accumulate);
  }

 protected:
  virtual Reach reach() const { return Reach::of_all(); }
  /// Sets sizes and order of what stands in memory, and returns the output's shape. Throws ShapeError.
  virtual Shape arrange(const Shape& x) = 0;

  std::vector<std::int64_t> sizes_;
  std::vector<int> order_;  // axis i of the output's memory is axis order[i] of the input's

 private:
  std::vector<std::int64_t> turned_;
  std::vector<int> back_;
};

class Permute final : public AxesInOtherOrder {
 public:
  void fields(Fields& f) override {
    f.shorthand("order");
    f.required("order", axes_,
               "for each axis of the output the number of the input's; 0: channels, then depth, height, width as there "
               "are",
               between(0, Shape::kMaxRank - 1));
  }

 private:
  Shape arrange(const Shape& x) override {
    const auto rank = static_cast<std::size_t>(x.rank());
    std::vector<std::int64_t> sorted = axes_, shape;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < sorted.size(); ++i)
      if (sorted.size() != rank || sorted[i] != static_cast<std::int64_t>(i))
        throw ShapeError(fmt::format("order [{}] must hold each of the {} axes of {} once, 0 to {}",
                                     fmt::join(axes_, ", "), rank, x.str(), rank - 1));
    for (const std::int64_t axis : axes_) shape.push_back(x[static_cast<int>(axis)]);
    // In memory the channels, axis 0, come last.
    const auto in_memory = [&](std::size_t axis) { return axis == 0 ? rank - 1 : axis - 1; };
    sizes_.assign(rank, 1);
    order_.assign(rank, 0);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      sizes_[in_memory(axis)] = x[static_cast<int>(axis)];
      order_[in_memory(axis)] = static_cast<int>(in_memory(static_cast<std::size_t>(axes_[axis])));
    }
    return Shape(shape);
  }

  std::vector<std::int64_t> axes_;
};

class PixelShuffle final : public AxesInOtherOrder {
 public:
  void fields(Fields& f) override {
    f.shorthand("upscale_factor");
    f.required("upscale_factor", factor_, "how many times higher and wider the image becomes", between(1, 1 << 10));
  }

 private:
  Shape arrange(const Shape& x) override {
    expect_axes(x, 2);
    const std::int64_t pixels = factor_ * factor_;
    if (x.channels() % pixels != 0)
      throw ShapeError(
          fmt::format("channels must be a multiple of {}*{} = {}, got {}", factor_, factor_, pixels, x.str()));
    sizes_ = {x.height(), x.width(), x.channels() / pixels, factor_, factor_};
    order_ = {0, 3, 1, 4, 2};
    return {x.channels() / pixels, x.height() * factor_, x.width() * factor_};
  }

  Reach reach() const override {
    const double step = 1 / static_cast<double>(factor_);
    return {.window = {1, 1}, .stride = {step, step}};
  }

  std::int64_t factor_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kPermute =
    kind_of<Layer, Permute>("permute",
                            "The axes of a sample in another order, as torch.permute.\n"
                            "y[i_0, i_1, ...] = x[j], where j[order[k]] = i_k",
                            "{order: [1, 2, 0]}");
extern constinit const Kind<Layer> kPixelShuffle =
    kind_of<Layer, PixelShuffle>("pixel_shuffle",
                                 "Makes squares of pixels of groups of channels, as torch.nn.PixelShuffle.\n"
                                 "y[c, r*h + i, r*w + j] = x[c*r*r + i*r + j, h, w], r = upscale_factor\n"
                                 "Shi et al., \"Real-time single image and video super-resolution\", CVPR 2016",
                                 "{upscale_factor: 2}");

}  // namespace cnnctl
