// The contract of an augmentation: one sample in, one sample out, randomness by key.
#pragma once

#include <cstdint>

#include "base/rng.hpp"
#include "config/fields.hpp"

namespace cnnctl {

/// One image as floats in 0..255 before normalisation, (H, W, C).
struct Image {
  std::int64_t height, width, channels;
  float* pixels;
};

/// What stands at positions from outside of a picture.
enum class Outside { black, mean };
template <>
struct Words<Outside> {
  static constexpr std::pair<std::string_view, Outside> list[] = {{"black", Outside::black}, {"mean", Outside::mean}};
};

class Transform {
 public:
  virtual ~Transform() = default;
  virtual void fields(Fields& f) = 0;
  /// Transforms `image` in place, same size. `spare` has room for one image of the same size. `mean` (C) are the
  /// data's mean values, 0..255, for Outside::mean. Draws from `rng` alone, a fixed number of values whatever they are.
  virtual void apply(const Image& image, float* spare, const float* mean, Rng& rng) const = 0;
};

const Catalog<Transform>& transforms();

}  // namespace cnnctl
