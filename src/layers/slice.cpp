// layers/slice.cpp - some of the channels, those that stand side by side.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class Slice final : public Layer {
 public:
  void fields(Fields& f) override {
    f.optional("start", start_, "first channel, from 0", between(0, 1 << 30));
    f.optional("end", end_, "channel behind the last one; default: all that are left", between(1, 1 << 30));
    f.check(!end_ || *end_ > start_, "end", "end must be above start");
  }

  Plan plan(const Inputs& inputs) override {
    const Shape& x = inputs.shapes[0];
    channels_ = x.channels();
    const std::int64_t end = end_.value_or(channels_);
    if (start_ >= channels_ || end > channels_)
      throw ShapeError(
          fmt::format("slice takes channels {} to {} of {}, which has {}", start_, end, x.str(), channels_));
    count_ = end - start_;
    positions_ = x.positions();
    Plan plan;
    plan.output = x.with_channels(count_);
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::copy_columns(f.workers, f.part.n * positions_, count_, f.inputs[0].data + start_, channels_, f.output.data,
                          count_, false);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    if (!accumulate) std::fill_n(dx, b.part.n * positions_ * channels_, real{0});
    kernels::copy_columns(b.workers, b.part.n * positions_, count_, b.output_gradient.data, count_, dx + start_,
                          channels_, accumulate);
  }

 private:
  std::int64_t start_ = 0;
  std::optional<std::int64_t> end_;
  std::int64_t channels_ = 1, count_ = 1, positions_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kSlice =
    kind_of<Layer, Slice>("slice", "The channels from `start` to before `end`.", "{start: 0, end: 16}");

}  // namespace cnnctl
