// layers/slice.cpp - some of the channels, those that stand side by side: slice by their numbers, chunk as one of
// several parts of nearly one size, as torch.chunk.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class SomeChannels : public Layer {
 public:
  Plan plan(const Inputs& inputs) final {
    const Shape& x = inputs.shapes[0];
    const auto [start, end] = range(x);
    start_ = start;
    count_ = end - start;
    channels_ = x.channels();
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

 protected:
  /// The first channel and the one behind the last. Throws ShapeError.
  virtual std::pair<std::int64_t, std::int64_t> range(const Shape& x) const = 0;

 private:
  std::int64_t start_ = 0, channels_ = 1, count_ = 1, positions_ = 1;
};

class Slice final : public SomeChannels {
 public:
  void fields(Fields& f) override {
    f.optional("start", first_, "first channel, from 0", between(0, 1 << 30));
    f.optional("end", end_, "channel behind the last one; default: all that are left", between(1, 1 << 30));
    f.check(!end_ || *end_ > first_, "end", "end must be above start");
  }

 private:
  std::pair<std::int64_t, std::int64_t> range(const Shape& x) const override {
    const std::int64_t channels = x.channels(), end = end_.value_or(channels);
    if (first_ >= channels || end > channels)
      throw ShapeError(
          fmt::format("slice takes channels {} to {} of {}, which has {}", first_, end, x.str(), channels));
    return {first_, end};
  }

  std::int64_t first_ = 0;
  std::optional<std::int64_t> end_;
};

class Chunk final : public SomeChannels {
 public:
  void fields(Fields& f) override {
    f.required("chunks", chunks_, "parts that the channels are cut into, the last perhaps smaller",
               between(1, 1 << 30));
    f.required("index", index_, "which of them, from 0", between(0, 1 << 30));
    f.check(index_ < chunks_, "index", "index must be below chunks");
  }

 private:
  std::pair<std::int64_t, std::int64_t> range(const Shape& x) const override {
    const std::int64_t channels = x.channels(), size = (channels + chunks_ - 1) / chunks_;
    if (index_ * size >= channels)
      throw ShapeError(fmt::format("{} channels in chunks of {} make {} chunks; there is none with index {}", channels,
                                   size, (channels + size - 1) / size, index_));
    return {index_ * size, std::min(channels, (index_ + 1) * size)};
  }

  std::int64_t chunks_ = 1, index_ = 0;
};

}  // namespace

extern constinit const Kind<Layer> kSlice = kind_of<Layer, Slice>("slice",
                                                                  "The channels from `start` to before `end`.\n"
                                                                  "y[c] = x[start + c]",
                                                                  "{start: 0, end: 16}");

extern constinit const Kind<Layer> kChunk =
    kind_of<Layer, Chunk>("chunk",
                          "One of several parts of the channels, as torch.chunk.\n"
                          "y[c] = x[index * size + c], size = ceil(channels / chunks)",
                          "{chunks: 2, index: 1}");

}  // namespace cnnctl
