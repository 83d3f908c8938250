// The contract of an augmentation: planned once like a layer, then applied to all images of a sample together.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/rng.hpp"
#include "config/fields.hpp"
#include "data/sample.hpp"

namespace cnnctl {

/// A spatial column of one sample on its way through the transforms, as floats: pixels in 0..255 before normalisation,
/// numbers, or class numbers. Memory is sized for the largest that any transform asks for or gives.
struct Plane {
  std::int64_t height, width, channels;
  float* values;      // (H, W, C)
  float* spare;       // as much room again
  const float* mean;  // (C) of the data, for Outside::mean; zeros for class numbers
  bool classes;       // class numbers: between two of them lies nothing, and outside of them 0

  std::int64_t row() const { return width * channels; }
  /// What was written to `spare` are the values now.
  void exchange(std::int64_t new_height, std::int64_t new_width) {
    std::swap(values, spare);
    height = new_height;
    width = new_width;
  }
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
  /// What becomes of samples like `in`, whose spatial columns have one size. Throws ShapeError, saying why, if they
  /// cannot be transformed. By default nothing changes but values.
  virtual SampleSpec plan(const SampleSpec& in) const { return in; }
  /// Transforms all planes of a sample, which have one size, in the same way, so that afterwards they have the shapes
  /// that were planned. Draws from `rng` alone, a fixed number of values whatever they are.
  virtual void apply(std::span<Plane> planes, Rng& rng) const = 0;
};

const Catalog<Transform>& transforms();

/// What a plan starts from: the size of the spatial columns. Throws ShapeError if there are none, or of several sizes.
struct PlaneSize {
  std::int64_t height, width;
  bool operator==(const PlaneSize&) const = default;
};
PlaneSize plane_size(const SampleSpec& spec);
/// The same columns, the spatial ones of another size.
SampleSpec with_plane_size(SampleSpec spec, const PlaneSize& size);

}  // namespace cnnctl
