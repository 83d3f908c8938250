#include "layers/layer.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/error.hpp"

namespace cnnctl {

std::int64_t Parameter::count() const { return count_of(shape); }

kernels::Activation fused_activation(const std::vector<Fused>& behind) {
  for (const Fused& fused : behind)
    if (fused.traits.activation) return *fused.traits.activation;
  return {};
}

Reach Reach::of_windows(const Sizes& kernel, const Sizes& stride, const Sizes& dilation) {
  Reach reach;
  reach.window = kernel;
  for (int axis = 0; axis < kernel.axes(); ++axis) {
    reach.window[axis] = dilation[axis] * (kernel[axis] - 1) + 1;
    reach.stride[static_cast<std::size_t>(axis)] = static_cast<double>(stride[axis]);
  }
  return reach;
}

Plan plan_in_place(const Inputs& inputs, bool reads_output) {
  Plan plan;
  plan.output = inputs.shapes[0];
  plan.reads = {.input = false, .output = reads_output};
  plan.in_place = {true, true};
  plan.by_sample = true;
  return plan;
}

void expect_axes(const Shape& shape, int axes) {
  constexpr std::array<std::string_view, 4> kNouns = {"a vector", "a sequence (channels x length)",
                                                      "an image (channels x height x width)",
                                                      "a volume (channels x depth x height x width)"};
  if (shape.axes() != axes || shape.rank() == 0)
    throw ShapeError(fmt::format("expects {}, got {}", kNouns[static_cast<std::size_t>(axes)], shape.str()));
}

}  // namespace cnnctl
