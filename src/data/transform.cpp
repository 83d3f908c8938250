#include "data/transform.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/error.hpp"

namespace cnnctl {

PlaneSize plane_size(const SampleSpec& spec) {
  std::optional<PlaneSize> size;
  for (const Column& column : spec.columns) {
    if (!column.spatial) continue;
    const PlaneSize here{column.shape.height(), column.shape.width()};
    if (size && *size != here)
      throw ShapeError(
          fmt::format("the images of a sample are {}x{} and {}x{} (height x width), and must be of one size",
                      size->height, size->width, here.height, here.width));
    size = here;
  }
  if (!size) throw ShapeError("samples have no image");
  return *size;
}

SampleSpec with_plane_size(SampleSpec spec, const PlaneSize& size) {
  for (Column& column : spec.columns)
    if (column.spatial) column.shape = {column.shape.channels(), size.height, size.width};
  return spec;
}

}  // namespace cnnctl
