// layers/pad.cpp - a border around a sequence, an image or a volume, as torch.nn.functional.pad.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"
#include "layers/samples.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

enum class Border { constant, reflect, replicate };

}  // namespace

template <>
struct Words<Border> {
  static constexpr std::pair<std::string_view, Border> list[] = {
      {"constant", Border::constant}, {"reflect", Border::reflect}, {"replicate", Border::replicate}};
};

namespace {

class Pad final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("padding");
    f.required("padding", padding_,
               "places more: one number for all ends, one for each axis, or the beginnings of all axes and then their "
               "ends",
               between(0, kLargestWindow));
    f.optional("mode", mode_, "what stands there: `value`, the image in a mirror at its edge, or the edge again");
    f.optional("value", value_, "of the border, for mode constant");
  }

  Plan plan(const Inputs& inputs) override {
    from_ = inputs.shapes[0];
    places_.clear();
    std::vector<std::int64_t> sizes{from_.channels()};
    for (int i = 0; i < from_.axes(); ++i) {
      const auto [before, after] = ends(i);
      const std::int64_t size = from_.extents()[static_cast<std::size_t>(i)];
      if (mode_ == Border::reflect && std::max(before, after) >= size)
        throw ShapeError(fmt::format("a mirror needs a border less than the axis: {} of {} in {}",
                                     std::max(before, after), size, from_.str()));
      places_.push_back(places(size, before, after));
      sizes.push_back(size + before + after);
    }
    count_of(sizes);
    Plan plan;
    plan.output = to_ = Shape(sizes);
    plan.reads.input = false;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    const std::int64_t channels = from_.channels();
    f.workers.run(f.part.n, [&](std::int64_t n, int) {
      const real* x = f.inputs[0].data + n * from_.count();
      real* y = f.output.data + n * to_.count();
      for_places([&](std::int64_t at, std::int64_t from) {
        if (from < 0)
          std::fill_n(y + at * channels, channels, static_cast<real>(value_));
        else
          std::copy_n(x + from * channels, channels, y + at * channels);
      });
    });
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    const std::int64_t channels = from_.channels();
    for_each_sample(b, [&, dx = dx, accumulate = accumulate](std::int64_t n, const Workers& alone, std::byte*) {
      real* to = dx + n * from_.count();
      const real* dy = b.output_gradient.data + n * to_.count();
      if (!accumulate) std::fill_n(to, from_.count(), real{0});
      for_places([&](std::int64_t at, std::int64_t from) {
        if (from >= 0) kernels::copy(alone, channels, dy + at * channels, to + from * channels, true);
      });
    });
  }

 private:
  /// Padding of an axis at its beginning and its end.
  std::pair<std::int64_t, std::int64_t> ends(int axis) const {
    const auto count = padding_.size(), axes = static_cast<std::size_t>(from_.axes()),
               i = static_cast<std::size_t>(axis);
    if (count == 1) return {padding_[0], padding_[0]};
    if (count == axes) return {padding_[i], padding_[i]};
    if (count == 2 * axes) return {padding_[i], padding_[i + axes]};
    throw ShapeError(fmt::format("padding [{}] has {} numbers; {} needs 1, {} or {}", fmt::join(padding_, ", "), count,
                                 from_.str(), axes, 2 * axes));
  }

  /// For each place of the output's axis the input's; -1: the border's own value.
  std::vector<std::int64_t> places(std::int64_t size, std::int64_t before, std::int64_t after) const {
    std::vector<std::int64_t> all;
    for (std::int64_t at = -before; at < size + after; ++at) {
      const bool inside = at >= 0 && at < size;
      if (inside || mode_ == Border::replicate)
        all.push_back(std::clamp<std::int64_t>(at, 0, size - 1));
      else if (mode_ == Border::constant)
        all.push_back(-1);
      else
        all.push_back(at < 0 ? -at : 2 * (size - 1) - at);
    }
    return all;
  }

  /// Calls body(place of the output, that of the input or -1), places of all axes counted through.
  template <class Body>
  void for_places(const Body& body) const {
    static const std::vector<std::int64_t> kOne{0};
    const auto axis = [&](std::size_t from_last) -> const std::vector<std::int64_t>& {
      return from_last < places_.size() ? places_[places_.size() - 1 - from_last] : kOne;
    };
    const std::int64_t height = places_.size() > 1 ? from_.extent(1) : 1, width = places_.empty() ? 1 : from_.extent(0);
    std::int64_t at = 0;
    for (const std::int64_t z : axis(2))
      for (const std::int64_t y : axis(1))
        for (const std::int64_t x : axis(0)) body(at++, z < 0 || y < 0 || x < 0 ? -1 : (z * height + y) * width + x);
  }

  std::vector<std::int64_t> padding_;
  Border mode_ = Border::constant;
  double value_ = 0;
  Shape from_, to_;
  std::vector<std::vector<std::int64_t>> places_;  // of each axis
};

}  // namespace

extern constinit const Kind<Layer> kPad =
    kind_of<Layer, Pad>("pad",
                        "A border around the positions: zeros, a mirror, or the edge again.\n"
                        "y[i] = x[i - before] inside; outside a value, the mirrored or the nearest x",
                        "{padding: 1, mode: reflect}");

}  // namespace cnnctl
