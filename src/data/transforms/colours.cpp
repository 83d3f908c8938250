#include "data/transforms/colours.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "data/transforms/filter.hpp"

namespace cnnctl {
namespace {

constexpr float kRed = 0.2989f, kGreen = 0.587f, kBlue = 0.114f;  // torchvision's; their sum is 0.9999
constexpr std::int64_t kGroup = 64;                               // pixels side by side

std::int64_t values_of(const Plane& plane) { return plane.height * plane.row(); }

float clamped(float value, float most) {
  const float positive = value > 0 ? value : 0;
  return positive < most ? positive : most;
}

/// Some pixels, a channel at a time, so that the compiler makes vectors of them.
struct Pixels {
  float r[kGroup], g[kGroup], b[kGroup];
};

/// Calls `change` with all pixels of a picture of three channels, in groups; what a short group does not fill is idle.
template <class Change>
void change_pixels(Plane& picture, const Change& change) {
  const std::int64_t count = picture.height * picture.width;
  Pixels pixels{};
  for (std::int64_t i = 0; i < count; i += kGroup) {
    const std::int64_t here = std::min(kGroup, count - i);
    float* const at = picture.values + 3 * i;
    for (std::int64_t k = 0; k < here; ++k) {
      pixels.r[k] = at[3 * k];
      pixels.g[k] = at[3 * k + 1];
      pixels.b[k] = at[3 * k + 2];
    }
    change(pixels);
    for (std::int64_t k = 0; k < here; ++k) {
      at[3 * k] = pixels.r[k];
      at[3 * k + 1] = pixels.g[k];
      at[3 * k + 2] = pixels.b[k];
    }
  }
}

/// factor * x + other, within what a pixel may be.
void scale_and_add(Plane& picture, float factor, float other) {
  float* const x = picture.values;
  const float white = picture.white;
  for (std::int64_t i = 0, count = values_of(picture); i < count; ++i) x[i] = clamped(factor * x[i] + other, white);
}

/// The mean of the picture in grey, summed up in a fixed order.
double mean_grey(const Plane& picture) {
  constexpr std::int64_t kLanes = 24;  // whole pixels of 1, 2, 3, 4 ... channels
  std::array<double, kLanes> sums{};
  const float* const x = picture.values;
  const std::int64_t count = values_of(picture), whole = count - count % kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes)
    for (std::int64_t k = 0; k < kLanes; ++k) sums[static_cast<std::size_t>(k)] += static_cast<double>(x[i + k]);
  for (std::int64_t i = whole; i < count; ++i) sums[static_cast<std::size_t>(i - whole)] += static_cast<double>(x[i]);
  double sum = 0;
  for (std::size_t k = 0; k < sums.size(); ++k) {
    const float weight = picture.channels != 3 ? 1.0f : k % 3 == 0 ? kRed : k % 3 == 1 ? kGreen : kBlue;
    sum += static_cast<double>(weight) * sums[k];
  }
  return sum / static_cast<double>(picture.channels == 3 ? count / 3 : count);
}

/// A step of 255.
float level_of(float value, float white) { return value * (255 / white); }

}  // namespace

void adjust_brightness(Plane& picture, double factor) {
  if (factor != 1) scale_and_add(picture, static_cast<float>(factor), 0);
}

void adjust_contrast(Plane& picture, double factor) {
  if (factor != 1)
    scale_and_add(picture, static_cast<float>(factor), static_cast<float>((1 - factor) * mean_grey(picture)));
}

void adjust_saturation(Plane& picture, double factor) {
  if (factor == 1 || picture.channels != 3) return;
  const auto own = static_cast<float>(factor), of_grey = static_cast<float>(1 - factor), white = picture.white;
  change_pixels(picture, [=](Pixels& p) {
    for (std::int64_t k = 0; k < kGroup; ++k) {
      const float grey = of_grey * (kRed * p.r[k] + kGreen * p.g[k] + kBlue * p.b[k]);
      p.r[k] = clamped(own * p.r[k] + grey, white);
      p.g[k] = clamped(own * p.g[k] + grey, white);
      p.b[k] = clamped(own * p.b[k] + grey, white);
    }
  });
}

void adjust_hue(Plane& picture, double turn) {
  if (turn == 0 || picture.channels != 3) return;
  const auto sixths = static_cast<float>(6 * turn);
  // From RGB to hue, saturation and value and back in one: with the hue h in sixths of the circle and n = 5, 3, 1 a
  // channel is max - (max - min) * clamp(min(k, 4 - k), 0, 1), k = (n + h) mod 6.
  change_pixels(picture, [=](Pixels& p) {
    for (std::int64_t i = 0; i < kGroup; ++i) {
      const float r = p.r[i], g = p.g[i], b = p.b[i];
      const float upper = r > g ? r : g, lower = r < g ? r : g;
      const float max = upper > b ? upper : b, min = lower < b ? lower : b, range = max - min;
      const float of_red = g - b, of_green = b - r, of_blue = r - g;
      const float first = max == g ? of_green : of_blue, offset = max == g ? 2.0f : 4.0f;
      const float part = max == r ? of_red : first;
      const float h = (max == r ? 0.0f : offset) + part / (range > 0 ? range : 1.0f) + sixths + 6;  // in [2, 14]
      const auto channel = [&](float n) {
        const float at = n + h;
        const float k = at - 6 * static_cast<float>(static_cast<std::int32_t>(at * (1.0f / 6)));
        const float falling = 4 - k, lesser = k < falling ? k : falling;
        return max - range * clamped(lesser, 1);
      };
      p.r[i] = channel(5);
      p.g[i] = channel(3);
      p.b[i] = channel(1);
    }
  });
}

void adjust_gamma(Plane& picture, double gamma) {
  if (gamma == 1) return;
  const auto exponent = static_cast<float>(gamma), white = picture.white;
  for (float *x = picture.values, *end = x + values_of(picture); x < end; ++x)
    *x = clamped(white * std::pow(std::max(0.0f, *x / white), exponent), white);
}

void adjust_sharpness(Plane& picture, double factor) {
  if (factor == 1 || picture.height <= 2 || picture.width <= 2) return;
  std::vector<Tap> taps;
  for (std::int64_t down = -1; down <= 1; ++down)
    for (std::int64_t right = -1; right <= 1; ++right)
      taps.push_back({down, right, (down == 0 && right == 0 ? 5.0f : 1.0f) / 13});
  filter(picture, taps);  // the values are now smooth, what they were is spare
  const auto own = static_cast<float>(factor), of_smooth = static_cast<float>(1 - factor), white = picture.white;
  for (std::int64_t y = 1; y < picture.height - 1; ++y) {
    const std::int64_t begin = y * picture.row() + picture.channels, end = (y + 1) * picture.row() - picture.channels;
    for (std::int64_t i = begin; i < end; ++i)
      picture.spare[i] = clamped(own * picture.spare[i] + of_smooth * picture.values[i], white);
  }
  picture.exchange(picture.height, picture.width);
}

void invert(Plane& picture) {
  for (std::int64_t i = 0, count = values_of(picture); i < count; ++i)
    picture.values[i] = picture.white - picture.values[i];
}

void posterize(Plane& picture, std::int64_t bits) {
  const float step = std::ldexp(1.0f, static_cast<int>(8 - bits)), unit = picture.white / 255;
  if (bits == 8) return;
  for (float *x = picture.values, *end = x + values_of(picture); x < end; ++x)
    *x = std::floor(level_of(*x, picture.white) / step) * step * unit;
}

void solarize(Plane& picture, double threshold) {
  const float from = static_cast<float>(threshold) * (picture.white / 255), white = picture.white;
  for (float *x = picture.values, *end = x + values_of(picture); x < end; ++x) *x = *x >= from ? white - *x : *x;
}

void autocontrast(Plane& picture) {
  const std::int64_t count = values_of(picture), channels = picture.channels;
  for (std::int64_t c = 0; c < channels; ++c) {
    float least = picture.values[c], most = least;
    for (std::int64_t i = c; i < count; i += channels) {
      least = std::min(least, picture.values[i]);
      most = std::max(most, picture.values[i]);
    }
    if (!(most > least)) continue;
    const float scale = picture.white / (most - least);
    for (std::int64_t i = c; i < count; i += channels)
      picture.values[i] = clamped((picture.values[i] - least) * scale, picture.white);
  }
}

void equalize(Plane& picture) {
  const std::int64_t count = values_of(picture), channels = picture.channels;
  const auto level = [&](float value) {
    return static_cast<std::size_t>(std::lround(clamped(level_of(value, picture.white), 255)));
  };
  for (std::int64_t c = 0; c < channels; ++c) {
    std::array<std::int64_t, 256> histogram{};
    for (std::int64_t i = c; i < count; i += channels) ++histogram[level(picture.values[i])];
    std::size_t last = 255;
    while (histogram[last] == 0) --last;
    const std::int64_t step = (count / channels - histogram[last]) / 255;  // Pillow's rule: the brightest is left out
    if (step == 0) continue;
    std::array<float, 256> becomes;
    std::int64_t sum = step / 2;
    for (std::size_t i = 0; i < becomes.size(); ++i) {
      becomes[i] = static_cast<float>(std::min<std::int64_t>(sum / step, 255)) * (picture.white / 255);
      sum += histogram[i];
    }
    for (std::int64_t i = c; i < count; i += channels) picture.values[i] = becomes[level(picture.values[i])];
  }
}

}  // namespace cnnctl
