#include "data/pipeline.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace cnnctl {
namespace {

/// The size that a picture is scaled to before its centre is cut out.
struct Scaled {
  std::int64_t height, width;
};

Scaled scaled_size(std::int64_t height, std::int64_t width, const Pipeline& pipeline) {
  const Scaled wanted{pipeline.picture.height(), pipeline.picture.width()};
  if (pipeline.fit == Pipeline::Fit::stretch) return wanted;
  const double by = std::max(static_cast<double>(wanted.height) / static_cast<double>(height),
                             static_cast<double>(wanted.width) / static_cast<double>(width));
  const auto scaled = [by](std::int64_t from, std::int64_t least) {
    return std::max<std::int64_t>(least, std::llround(by * static_cast<double>(from)));
  };
  return {scaled(height, wanted.height), scaled(width, wanted.width)};
}

}  // namespace

template <class T>
PictureOf<T> fitted(PictureOf<T> picture, const Pipeline& pipeline) {
  CNNCTL_CHECK_EQ(picture.channels, pipeline.picture.channels());
  const std::int64_t height = pipeline.picture.height(), width = pipeline.picture.width();
  if (picture.height == height && picture.width == width) return picture;
  const Scaled scaled = scaled_size(picture.height, picture.width, pipeline);
  return centre_of(resize(picture, scaled.height, scaled.width), height, width);
}

template Picture fitted(Picture picture, const Pipeline& pipeline);
template DeepPicture fitted(DeepPicture picture, const Pipeline& pipeline);

std::vector<std::uint8_t> fitted_nearest(const std::int32_t* from, const Shape& shape, const Pipeline& pipeline) {
  const std::int64_t height = pipeline.picture.height(), width = pipeline.picture.width(), channels = shape.channels();
  const Scaled scaled = scaled_size(shape.height(), shape.width(), pipeline);
  const auto source = [](std::int64_t at, std::int64_t wanted, std::int64_t of, std::int64_t length) {
    const std::int64_t middle = 2 * (at + (of - wanted) / 2) + 1;  // in halves
    return middle * length / (2 * of);
  };
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(height * width * channels) * sizeof(std::int32_t));
  auto* to = reinterpret_cast<std::int32_t*>(bytes.data());
  for (std::int64_t y = 0; y < height; ++y) {
    const std::int32_t* const row = from + source(y, height, scaled.height, shape.height()) * shape.width() * channels;
    for (std::int64_t x = 0; x < width; ++x)
      to = std::copy_n(row + source(x, width, scaled.width, shape.width()) * channels, channels, to);
  }
  return bytes;
}

}  // namespace cnnctl
