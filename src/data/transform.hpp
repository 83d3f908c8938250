// The contract of an augmentation: planned once like a layer, then applied to all images of a sample together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.hpp"
#include "base/workers.hpp"
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
  float white = 0;    // of the picture that is the input: the value of a white pixel, 255 or 1; 0 for all other planes

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

class Batch;  // data/batch.hpp

/// Of a transform that mixes the samples of a batch with one another (transforms/mixing.hpp).
class Mixing {
 public:
  /// How often it does. A batch takes one of several such transforms at most, so that chances add up.
  virtual double chance() const = 0;
  virtual void mix(const Workers& workers, Batch& batch, Rng& rng) const = 0;

 protected:
  ~Mixing() = default;
};

class Transform {
 public:
  virtual ~Transform() = default;
  /// Its settings, and the epochs in which it acts.
  void fields(Fields& f);
  /// What becomes of samples like `in`, whose spatial columns have one size. Throws ShapeError, saying why, if they
  /// cannot be transformed.
  SampleSpec plan(const SampleSpec& in) const;
  /// Whether samples of this epoch, counted from 0, are transformed at all.
  bool acts_in(std::int64_t epoch) const { return epoch >= after_ && (!until_ || epoch < *until_); }
  /// Transforms all planes of a sample, which have one size, in the same way, so that afterwards they have the shapes
  /// that were planned. Draws from `rng` alone, a fixed number of values whatever they are.
  virtual void apply(std::span<Plane> planes, Rng& rng) const = 0;
  /// Null for all that treat each sample by itself. Those that do not stand behind them.
  virtual const Mixing* mixing() const { return nullptr; }

 protected:
  virtual void settings(Fields& f) = 0;
  /// Of plan(). By default nothing changes but values.
  virtual SampleSpec outcome(const SampleSpec& in) const { return in; }

 private:
  std::int64_t after_ = 0;
  std::optional<std::int64_t> until_;
};

/// A stream of its own for whoever draws a varying number of values; of `rng` that takes two numbers.
Rng branch(Rng& rng);

const Catalog<Transform>& transforms();

/// Why these transforms cannot follow each other; empty if they can.
std::string order_mistake(std::span<const Choice<Transform>> transforms);

/// What a plan starts from: the size of the spatial columns. Throws ShapeError if there are none, or of several sizes.
struct PlaneSize {
  std::int64_t height, width;
  bool operator==(const PlaneSize&) const = default;
};
PlaneSize plane_size(const SampleSpec& spec);
/// The same columns, the spatial ones of another size.
SampleSpec with_plane_size(SampleSpec spec, const PlaneSize& size);

}  // namespace cnnctl
