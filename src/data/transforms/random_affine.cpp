// random_affine - turns, shifts, scales and shears about the centre, bilinear, as torchvision's RandomAffine.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/catalog.hpp"

namespace cnnctl {
namespace {

/// Where an output position (relative to the centre) comes from: x' = a x + b y + shift_x, y' = c x + d y + shift_y.
struct Map {
  float a, b, c, d, shift_x, shift_y;
};

class RandomAffine final : public Transform {
 public:
  void fields(Fields& f) override {
    f.shorthand("degrees");
    f.optional("degrees", degrees_, "turns by up to this, either way", between(0, 180));
    f.optional("translate", translate_, "shifts by up to this share of height and width, either way", between(0, 1));
    f.optional("scale", scale_, "[least, most] magnification", Limits{.low = 0.1, .high = 10});
    f.optional("shear", shear_, "leans sideways by up to this, in degrees, either way", between(0, 80));
    f.optional("fill", fill_, "what comes in from outside");
    f.check(scale_.size() == 2 && scale_[0] <= scale_[1], "scale",
            "scale takes two numbers, the lower first: [0.9, 1.1]");
  }

  void apply(std::span<Plane> planes, Rng& rng) const override {
    const Map map = draw(planes[0], rng);
    for (Plane& plane : planes) {
      const float centre_x = 0.5f * static_cast<float>(plane.width - 1);
      const float centre_y = 0.5f * static_cast<float>(plane.height - 1);
      float* to = plane.spare;
      for (std::int64_t row = 0; row < plane.height; ++row) {
        const float y = static_cast<float>(row) - centre_y;
        for (std::int64_t column = 0; column < plane.width; ++column, to += plane.channels) {
          const float x = static_cast<float>(column) - centre_x;
          const float from_x = map.a * x + map.b * y + map.shift_x + centre_x;
          const float from_y = map.c * x + map.d * y + map.shift_y + centre_y;
          if (plane.classes)
            nearest(plane, from_x, from_y, to);
          else
            between_pixels(plane, from_x, from_y, to);
        }
      }
      plane.exchange(plane.height, plane.width);
    }
  }

 private:
  /// The inverse of: shear, then turn, then scale, then shift.
  Map draw(const Plane& plane, Rng& rng) const {
    constexpr double kDegree = std::numbers::pi / 180;
    const auto either_way = [&rng](double most) { return most * static_cast<double>(rng.uniform(-1, 1)); };
    const double angle = either_way(degrees_ * kDegree);
    const double move_x = either_way(translate_ * static_cast<double>(plane.width));
    const double move_y = either_way(translate_ * static_cast<double>(plane.height));
    const double scale = scale_[0] + (scale_[1] - scale_[0]) * static_cast<double>(rng.uniform());
    const double lean = std::tan(either_way(shear_ * kDegree));
    const double cosine = std::cos(angle) / scale, sine = std::sin(angle) / scale;
    const double a = cosine + lean * sine, b = sine - lean * cosine;
    return {static_cast<float>(a),
            static_cast<float>(b),
            static_cast<float>(-sine),
            static_cast<float>(cosine),
            static_cast<float>(-(a * move_x + b * move_y)),
            static_cast<float>(sine * move_x - cosine * move_y)};
  }

  /// Bilinear value at (x, y); neighbours outside of the picture count as fill.
  void between_pixels(const Plane& plane, float x, float y, float* to) const {
    const std::int64_t column = floor_of(x), row = floor_of(y), line = plane.row();
    const float right = x - static_cast<float>(column), below = y - static_cast<float>(row);
    const bool inside = column >= 0 && row >= 0 && column + 1 < plane.width && row + 1 < plane.height;
    for (std::int64_t c = 0; c < plane.channels; ++c) {
      const auto at = [&](std::int64_t i, std::int64_t j) {
        if (i < 0 || i >= plane.height || j < 0 || j >= plane.width)
          return fill_ == Outside::mean ? plane.mean[c] : 0.0f;
        return plane.values[i * line + j * plane.channels + c];
      };
      if (!inside) {
        to[c] = blend(at(row, column), at(row, column + 1), at(row + 1, column), at(row + 1, column + 1), right, below);
        continue;
      }
      const float* const corner = plane.values + row * line + column * plane.channels + c;
      to[c] = blend(corner[0], corner[plane.channels], corner[line], corner[line + plane.channels], right, below);
    }
  }

  /// The class numbers of the nearest position; 0 outside.
  static void nearest(const Plane& plane, float x, float y, float* to) {
    const std::int64_t column = floor_of(x + 0.5f), row = floor_of(y + 0.5f);
    const bool inside = column >= 0 && row >= 0 && column < plane.width && row < plane.height;
    for (std::int64_t c = 0; c < plane.channels; ++c)
      to[c] = inside ? plane.values[row * plane.row() + column * plane.channels + c] : 0.0f;
  }

  static std::int64_t floor_of(float x) {
    const auto whole = static_cast<std::int64_t>(x);
    return whole - (x < static_cast<float>(whole) ? 1 : 0);
  }

  /// Between four neighbours, `right` and `below` in [0, 1).
  static float blend(float a, float b, float c, float d, float right, float below) {
    const float upper = a + right * (b - a), lower = c + right * (d - c);
    return upper + below * (lower - upper);
  }

  double degrees_ = 0, translate_ = 0, shear_ = 0;
  std::vector<double> scale_{1, 1};
  Outside fill_ = Outside::black;
};

}  // namespace

constexpr Kind<Transform> kRandomAffineKind = kind_of<Transform, RandomAffine>(
    "random_affine", "turns, shifts, scales and shears", "{degrees: 10, translate: 0.1, scale: [0.9, 1.1]}");

}  // namespace cnnctl
