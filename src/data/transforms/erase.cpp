#include "data/transforms/erase.hpp"

#include <algorithm>

namespace cnnctl {

void erase(Plane& picture, const Rectangle& where, Paint paint, Rng& rng) {
  const std::int64_t top = std::max<std::int64_t>(where.top, 0), left = std::max<std::int64_t>(where.left, 0);
  const std::int64_t bottom = std::min(where.top + where.height, picture.height);
  const std::int64_t right = std::min(where.left + where.width, picture.width);
  for (std::int64_t y = top; y < bottom; ++y) {
    float* pixel = picture.values + y * picture.row() + left * picture.channels;
    for (std::int64_t x = left; x < right; ++x, pixel += picture.channels) {
      for (std::int64_t c = 0; c < picture.channels; ++c) {
        if (paint == Paint::noise)
          pixel[c] = picture.white * rng.uniform();
        else
          pixel[c] = paint == Paint::mean ? picture.mean[c] : 0;
      }
    }
  }
}

}  // namespace cnnctl
