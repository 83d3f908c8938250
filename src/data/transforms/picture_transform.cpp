#include "data/transforms/picture_transform.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace cnnctl {

void PictureTransform::apply(std::span<Plane> planes, Rng& rng) const {
  Rng own = branch(rng);
  if (static_cast<double>(own.uniform()) >= p_) return;
  for (Plane& plane : planes)
    if (plane.white > 0) repaint(plane, own);
}

void require_picture(const SampleSpec& samples) {
  if (samples.column(samples.input).white() == 0)
    throw ShapeError(fmt::format("changes pixels, but '{}' holds numbers that are none", samples.input));
}

}  // namespace cnnctl
