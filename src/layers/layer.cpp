#include "layers/layer.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace cnnctl {

std::int64_t Parameter::count() const { return count_of(shape); }

kernels::Activation fused_activation(const std::vector<Fused>& behind) {
  for (const Fused& fused : behind)
    if (fused.traits.activation) return *fused.traits.activation;
  return {};
}

void expect_image(const Shape& shape) {
  if (!shape.is_image())
    throw ShapeError(fmt::format("expects an image (channels x height x width), got {}", shape.str()));
}

}  // namespace cnnctl
