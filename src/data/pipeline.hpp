// What is done to every picture, in training and ever after: the part of preparing data that draws nothing. A
// checkpoint keeps it, so that training, evaluation and inference make the same numbers of the same picture.
#pragma once

#include <cstdint>
#include <vector>

#include "picture/picture.hpp"
#include "tensor/shape.hpp"

namespace cnnctl {

/// Per-channel normalisation: (pixel / 255 - mean) / std, means and deviations in units of 0..1; of numbers that are no
/// pixels (number - mean) / std.
struct Normalization {
  std::vector<double> mean, std;
  bool operator==(const Normalization&) const = default;
};

struct Pipeline {
  /// How a picture of another size comes to the size wanted.
  enum class Fit {
    stretch,  // scaled to it, whatever that does to its proportions
    cover,    // scaled in proportion until it covers it; what stands over is cut off on both sides alike
  };

  Shape picture;  // that a picture is decoded and scaled to: {channels, height, width}
  Fit fit = Fit::stretch;
  Orientation orientation = Orientation::ignore;  // of a picture's file, before anything else
  bool deep = false;                              // pictures are numbers with all bits of their files
  Shape input;                  // the network's: the centre of such a picture, unless augmentation cut out another part
  Normalization normalization;  // of the input

  bool operator==(const Pipeline&) const = default;
};

/// The picture in the size of `pipeline.picture`, whose channels it has.
template <class T>
PictureOf<T> fitted(PictureOf<T> picture, const Pipeline& pipeline);

/// The same for what cannot be mixed, such as class numbers: each position takes the values of the nearest one. `from`
/// is (H, W, C) of 4 bytes each, `shape` its {C, H, W}.
std::vector<std::uint8_t> fitted_nearest(const std::int32_t* from, const Shape& shape, const Pipeline& pipeline);

}  // namespace cnnctl
