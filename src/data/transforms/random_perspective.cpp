// random_perspective - looks at the picture from the side: its corners move inwards, as torchvision's
// RandomPerspective.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "data/catalog.hpp"
#include "data/transforms/picture_transform.hpp"
#include "data/transforms/resample.hpp"

namespace cnnctl {
namespace {

struct Corner {
  double x, y;
};
using Corners = std::array<Corner, 4>;  // from the upper left one, clockwise

/// Row by row, x' = (h0 x + h1 y + h2) / (h6 x + h7 y + 1) and y' = (h3 x + h4 y + h5) / (h6 x + h7 y + 1).
using Homography = std::array<double, 8>;

/// The homography that takes each of `from` to its one of `to`; none if corners lie on one line.
std::optional<Homography> homography(const Corners& from, const Corners& to) {
  std::array<std::array<double, 9>, 8> rows{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto [x, y] = from[i];
    const auto [u, v] = to[i];
    rows[2 * i] = {x, y, 1, 0, 0, 0, -u * x, -u * y, u};
    rows[2 * i + 1] = {0, 0, 0, x, y, 1, -v * x, -v * y, v};
  }
  for (std::size_t k = 0; k < 8; ++k) {  // Gauss and Jordan, with pivots
    const auto larger = [k](const auto& a, const auto& b) { return std::abs(a[k]) < std::abs(b[k]); };
    const auto pivot = std::max_element(rows.begin() + static_cast<std::ptrdiff_t>(k), rows.end(), larger);
    if (std::abs((*pivot)[k]) < 1e-9) return std::nullopt;
    std::swap(rows[k], *pivot);
    for (std::size_t i = 0; i < 8; ++i) {
      if (i == k) continue;
      const double factor = rows[i][k] / rows[k][k];
      for (std::size_t j = k; j < 9; ++j) rows[i][j] -= factor * rows[k][j];
    }
  }
  Homography h;
  for (std::size_t k = 0; k < 8; ++k) h[k] = rows[k][8] / rows[k][k];
  return h;
}

class RandomPerspective final : public Transform {
 public:
  void settings(Fields& f) override {
    f.shorthand("distortion_scale");
    f.optional("distortion_scale", distortion_, "corners move by up to this share of half the picture", between(0, 1));
    f.optional("p", p_, "how often", between(0, 1));
    resampling_.settings(f);
  }

  void apply(std::span<Plane> planes, Rng& rng) const override {
    const std::int64_t right = planes[0].width - 1, bottom = planes[0].height - 1;
    const bool acts = static_cast<double>(rng.uniform()) < p_;
    const auto inwards = [&](std::int64_t side) {
      const auto most = static_cast<std::int64_t>(distortion_ * static_cast<double>((side + 1) / 2));
      return static_cast<double>(draw_below(most + 1, rng));
    };
    const auto width = static_cast<double>(right), height = static_cast<double>(bottom);
    const Corners whole = {{{0, 0}, {width, 0}, {width, height}, {0, height}}};
    Corners corners = whole;
    for (Corner& corner : corners) {
      const double x = inwards(right), y = inwards(bottom);
      corner = {corner.x > 0 ? corner.x - x : x, corner.y > 0 ? corner.y - y : y};
    }
    const bool same = std::equal(whole.begin(), whole.end(), corners.begin(),
                                 [](const Corner& a, const Corner& b) { return a.x == b.x && a.y == b.y; });
    if (!acts || same) return;
    if (const auto h = homography(corners, whole)) look(planes, *h);
  }

 private:
  /// As torchvision, which finds h between the numbers of pixels and uses it between their middles.
  void look(std::span<Plane> planes, const Homography& h) const {
    resample(planes, resampling_, [&h](std::int64_t row, std::int64_t column, std::int64_t count, float* x, float* y) {
      const double down = static_cast<double>(row) + 0.5;
      for (std::int64_t i = 0; i < count; ++i) {
        const double right = static_cast<double>(column + i) + 0.5;
        const double share = 1 / (h[6] * right + h[7] * down + 1);
        x[i] = static_cast<float>((h[0] * right + h[1] * down + h[2]) * share - 0.5);
        y[i] = static_cast<float>((h[3] * right + h[4] * down + h[5]) * share - 0.5);
      }
    });
  }

  double distortion_ = 0.5, p_ = 0.5;
  Resampling resampling_;
};

}  // namespace

constexpr Kind<Transform> kRandomPerspectiveKind =
    kind_of<Transform, RandomPerspective>("random_perspective",
                                          "looks at the picture from the side\n"
                                          "y(p) = x(H p), H the projective map of four displaced corners",
                                          "{distortion_scale: 0.3, p: 0.5}");

}  // namespace cnnctl
