// Resizing: two passes of a triangle filter, of bytes in 22-bit fixed point and of numbers in double, in one order, so
// that every machine gives the same.
#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "picture/picture.hpp"

namespace cnnctl {
namespace {

constexpr int kBits = 22;  // 255 * 2^22 stays below 2^31, with room for the filter's rounding

/// Which input positions an output position takes, and with what weights, as integers in units of 2^-22.
template <class T>
struct WindowOf {
  std::int64_t begin = 0;
  std::vector<T> weights;
};
using FixedWindow = WindowOf<std::int32_t>;

void take_weights(const std::vector<double>& weights, double sum, std::vector<std::int32_t>& to) {
  for (const double weight : weights) to.push_back(static_cast<std::int32_t>(0.5 + weight / sum * (1 << kBits)));
}
void take_weights(const std::vector<double>& weights, double sum, std::vector<double>& to) {
  for (const double weight : weights) to.push_back(weight / sum);
}

template <class Window>
std::vector<Window> windows(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to), reach = std::max(scale, 1.0);
  std::vector<Window> all(static_cast<std::size_t>(to));
  for (std::int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto begin = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - reach + 0.5));
    const auto end = std::min(from, static_cast<std::int64_t>(centre + reach + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (std::int64_t at = begin; at < end; ++at) {
      const double distance = std::abs(static_cast<double>(at) + 0.5 - centre) / reach;
      weights.push_back(std::max(0.0, 1 - distance));
      sum += weights.back();
    }
    Window& window = all[static_cast<std::size_t>(i)];
    window.begin = begin;
    take_weights(weights, sum, window.weights);
  }
  return all;
}

std::uint8_t rounded(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kBits, 0, 255)); }

/// from is (rows, window positions, inner), to is (rows, to positions, inner): one pass along the middle dimension.
void pass(const std::vector<FixedWindow>& positions, std::int64_t rows, std::int64_t length, std::int64_t inner,
          const std::uint8_t* from, std::uint8_t* to) {
  for (std::int64_t row = 0; row < rows; ++row, from += length * inner) {
    for (const FixedWindow& window : positions) {
      for (std::int64_t i = 0; i < inner; ++i) {
        std::int32_t sum = 1 << (kBits - 1);
        const std::uint8_t* source = from + window.begin * inner + i;
        for (const std::int32_t weight : window.weights) {
          sum += weight * *source;
          source += inner;
        }
        *to++ = rounded(sum);
      }
    }
  }
}

/// The same of numbers, in double precision.
void pass(const std::vector<WindowOf<double>>& positions, std::int64_t rows, std::int64_t length, std::int64_t inner,
          const float* from, float* to) {
  for (std::int64_t row = 0; row < rows; ++row, from += length * inner) {
    for (const WindowOf<double>& window : positions) {
      for (std::int64_t i = 0; i < inner; ++i) {
        double sum = 0;
        const float* source = from + window.begin * inner + i;
        for (const double weight : window.weights) {
          sum += weight * static_cast<double>(*source);
          source += inner;
        }
        *to++ = static_cast<float>(sum);
      }
    }
  }
}

template <class Window, class T>
PictureOf<T> resized(const PictureOf<T>& picture, std::int64_t height, std::int64_t width) {
  CNNCTL_CHECK(height >= 1 && width >= 1);
  if (height == picture.height && width == picture.width) return picture;
  const std::int64_t channels = picture.channels;
  std::vector<T> wide(static_cast<std::size_t>(picture.height * width * channels));
  pass(windows<Window>(picture.width, width), picture.height, picture.width, channels, picture.pixels.data(),
       wide.data());
  PictureOf<T> result{height, width, channels, std::vector<T>(static_cast<std::size_t>(height * width * channels))};
  pass(windows<Window>(picture.height, height), 1, picture.height, width * channels, wide.data(), result.pixels.data());
  return result;
}

}  // namespace

Picture resize(const Picture& picture, std::int64_t height, std::int64_t width) {
  return resized<FixedWindow>(picture, height, width);
}

DeepPicture resize(const DeepPicture& picture, std::int64_t height, std::int64_t width) {
  return resized<WindowOf<double>>(picture, height, width);
}

template <class T>
PictureOf<T> centre_of(const PictureOf<T>& picture, std::int64_t height, std::int64_t width) {
  CNNCTL_CHECK(height <= picture.height && width <= picture.width);
  if (height == picture.height && width == picture.width) return picture;
  const std::int64_t top = (picture.height - height) / 2, left = (picture.width - width) / 2;
  PictureOf<T> centre{height, width, picture.channels, {}};
  for (std::int64_t y = 0; y < height; ++y) {
    const auto row = picture.pixels.begin() + ((top + y) * picture.width + left) * picture.channels;
    centre.pixels.insert(centre.pixels.end(), row, row + width * picture.channels);
  }
  return centre;
}

template Picture centre_of(const Picture& picture, std::int64_t height, std::int64_t width);
template DeepPicture centre_of(const DeepPicture& picture, std::int64_t height, std::int64_t width);

}  // namespace cnnctl
