#include "data/transforms/resample.hpp"

#include <algorithm>
#include <cmath>

#include "data/transforms/cut.hpp"

namespace cnnctl {
namespace {

constexpr std::int64_t kRun = 128;  // pixels whose places are found together

std::int64_t whole_of(float x) {
  const auto whole = static_cast<std::int64_t>(x);
  return whole - (x < static_cast<float>(whole) ? 1 : 0);
}

/// Between four neighbours, `right` and `below` in [0, 1).
float blend(float a, float b, float c, float d, float right, float below) {
  const float upper = a + right * (b - a), lower = c + right * (d - c);
  return upper + below * (lower - upper);
}

/// One plane's pixels at positions between others; kChannels 0: as many as it has.
template <int kChannels>
class Sampler {
 public:
  Sampler(const Plane& plane, Outside fill) : plane_(plane), outside_(static_cast<std::size_t>(plane.channels)) {
    fill_outside(plane, fill, 1, outside_.data());
  }

  void nearest(float x, float y, float* to) const {
    // The test comes first: beyond it a float may not fit into an integer.
    const bool inside =
        x > -1 && y > -1 && x < static_cast<float>(plane_.width) && y < static_cast<float>(plane_.height);
    const float* const pixel = inside ? at(whole_of(y + 0.5f), whole_of(x + 0.5f)) : outside_.data();
    std::copy_n(pixel, channels(), to);
  }

  void bilinear(float x, float y, float* to) const {
    const bool inside =
        x > -1 && y > -1 && x < static_cast<float>(plane_.width) && y < static_cast<float>(plane_.height);
    if (!inside) {
      std::copy_n(outside_.data(), channels(), to);
      return;
    }
    const std::int64_t column = whole_of(x), row = whole_of(y);
    const float right = x - static_cast<float>(column), below = y - static_cast<float>(row);
    const float *a = at(row, column), *b = at(row, column + 1), *c = at(row + 1, column), *d = at(row + 1, column + 1);
    for (std::int64_t i = 0; i < channels(); ++i) to[i] = blend(a[i], b[i], c[i], d[i], right, below);
  }

 private:
  std::int64_t channels() const { return kChannels > 0 ? kChannels : plane_.channels; }
  const float* at(std::int64_t row, std::int64_t column) const {
    if (row < 0 || row >= plane_.height || column < 0 || column >= plane_.width) return outside_.data();
    return plane_.values + (row * plane_.width + column) * channels();
  }

  const Plane& plane_;
  std::vector<float> outside_;
};

template <int kChannels>
void resample_plane(Plane& plane, Interpolation interpolation, Outside fill, InverseMap from) {
  const Sampler<kChannels> sampler(plane, fill);
  const bool nearest = plane.classes || interpolation == Interpolation::nearest;
  float x[kRun], y[kRun];
  float* to = plane.spare;
  for (std::int64_t row = 0; row < plane.height; ++row) {
    for (std::int64_t column = 0; column < plane.width; column += kRun) {
      const std::int64_t count = std::min(kRun, plane.width - column);
      from(row, column, count, x, y);
      for (std::int64_t i = 0; i < count; ++i, to += plane.channels)
        nearest ? sampler.nearest(x[i], y[i], to) : sampler.bilinear(x[i], y[i], to);
    }
  }
  plane.exchange(plane.height, plane.width);
}

/// Which old positions a new one takes, and with what weights.
struct Taps {
  std::int64_t begin;
  std::vector<float> weights;
};

std::vector<Taps> triangle_taps(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to), reach = std::max(scale, 1.0);
  std::vector<Taps> all(static_cast<std::size_t>(to));
  for (std::int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto begin = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - reach + 0.5));
    const auto end = std::min(from, static_cast<std::int64_t>(centre + reach + 0.5));
    const auto weight = [&](std::int64_t at) {
      return std::max(0.0, 1 - std::abs(static_cast<double>(at) + 0.5 - centre) / reach);
    };
    double sum = 0;
    for (std::int64_t at = begin; at < end; ++at) sum += weight(at);
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.begin = begin;
    for (std::int64_t at = begin; at < end; ++at) taps.weights.push_back(static_cast<float>(weight(at) / sum));
  }
  return all;
}

/// A row of so many values as a sum of rows that lie `step` apart.
void sum_rows(const Taps& taps, const float* from, std::int64_t step, std::int64_t count, float* __restrict to) {
  std::fill_n(to, count, 0.0f);
  from += taps.begin * step;
  for (const float weight : taps.weights) {
    for (std::int64_t i = 0; i < count; ++i) to[i] += weight * from[i];
    from += step;
  }
}

template <int kChannels>
void sum_pixels(std::span<const Taps> positions, std::int64_t channels, const float* from, float* to) {
  if (kChannels > 0) channels = kChannels;
  for (const Taps& taps : positions) {
    const float* source = from + taps.begin * channels;
    std::fill_n(to, channels, 0.0f);
    for (const float weight : taps.weights) {
      for (std::int64_t c = 0; c < channels; ++c) to[c] += weight * source[c];
      source += channels;
    }
    to += channels;
  }
}

void resize_nearest(Plane& plane, std::int64_t top, std::int64_t left, const PlaneSize& part, const PlaneSize& size) {
  float* to = plane.spare;
  for (std::int64_t y = 0; y < size.height; ++y) {
    const std::int64_t row = top + (2 * y + 1) * part.height / (2 * size.height);
    for (std::int64_t x = 0; x < size.width; ++x) {
      const std::int64_t column = left + (2 * x + 1) * part.width / (2 * size.width);
      to = std::copy_n(plane.values + row * plane.row() + column * plane.channels, plane.channels, to);
    }
  }
  plane.exchange(size.height, size.width);
}

}  // namespace

void Resampling::settings(Fields& f) {
  f.optional("interpolation", interpolation, "how pixels between others are found");
  f.optional("fill", fill, "what comes in from outside");
}

void resample(std::span<Plane> planes, const Resampling& how, InverseMap from) {
  for (Plane& plane : planes) {
    switch (plane.channels) {
      case 1:
        resample_plane<1>(plane, how.interpolation, how.fill, from);
        break;
      case 3:
        resample_plane<3>(plane, how.interpolation, how.fill, from);
        break;
      default:
        resample_plane<0>(plane, how.interpolation, how.fill, from);
    }
  }
}

Affine inverse_affine(double angle, double shift_x, double shift_y, double scale, double shear_x, double shear_y) {
  // Forward: [a b; c d] = R(angle) * [1 0; -shear_y 1] * [1 -shear_x; 0 1], of determinant 1.
  const double cosine = std::cos(angle), sine = std::sin(angle);
  const double a = cosine + sine * shear_y, c = sine - cosine * shear_y;
  const double b = -a * shear_x - sine, d = -c * shear_x + cosine;
  Affine inverse{d / scale, -b / scale, 0, -c / scale, a / scale, 0};
  inverse.c = -(inverse.a * shift_x + inverse.b * shift_y);
  inverse.f = -(inverse.d * shift_x + inverse.e * shift_y);
  return inverse;
}

void resample(std::span<Plane> planes, const Resampling& how, const Affine& from) {
  const float centre_x = 0.5f * static_cast<float>(planes[0].width - 1);
  const float centre_y = 0.5f * static_cast<float>(planes[0].height - 1);
  const auto a = static_cast<float>(from.a), b = static_cast<float>(from.b), c = static_cast<float>(from.c);
  const auto d = static_cast<float>(from.d), e = static_cast<float>(from.e), f = static_cast<float>(from.f);
  resample(planes, how, [=](std::int64_t row, std::int64_t column, std::int64_t count, float* x, float* y) {
    const float below = static_cast<float>(row) - centre_y;
    for (std::int64_t i = 0; i < count; ++i) {
      const float right = static_cast<float>(column + i) - centre_x;
      x[i] = a * right + b * below + c + centre_x;
      y[i] = d * right + e * below + f + centre_y;
    }
  });
}

void resize_part(Plane& plane, std::int64_t top, std::int64_t left, const PlaneSize& part, const PlaneSize& size,
                 Interpolation interpolation) {
  if (plane.classes || interpolation == Interpolation::nearest) return resize_nearest(plane, top, left, part, size);
  const std::vector<Taps> rows = triangle_taps(part.height, size.height),
                          columns = triangle_taps(part.width, size.width);
  const std::int64_t values = part.width * plane.channels;
  std::vector<float> line(static_cast<std::size_t>(values));
  const float* const corner = plane.values + top * plane.row() + left * plane.channels;
  float* to = plane.spare;
  for (const Taps& row : rows) {
    sum_rows(row, corner, plane.row(), values, line.data());
    if (plane.channels == 3)
      sum_pixels<3>(columns, 3, line.data(), to);
    else
      sum_pixels<0>(columns, plane.channels, line.data(), to);
    to += size.width * plane.channels;
  }
  plane.exchange(size.height, size.width);
}

}  // namespace cnnctl
