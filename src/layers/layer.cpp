#include "layers/layer.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace cnnctl {

std::int64_t Parameter::count() const { return Shape(shape).count(); }

void expect_image(const Shape& shape) {
  if (!shape.is_image())
    throw ShapeError(fmt::format("expects an image (channels x height x width), got {}", shape.str()));
}

}  // namespace cnnctl
