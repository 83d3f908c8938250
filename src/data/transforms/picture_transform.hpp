// What changes the pixels of the picture that a network sees, and no place: masks, numbers and what the network is to
// make of the picture stay as they are.
#pragma once

#include "data/catalog.hpp"

namespace cnnctl {

/// Throws ShapeError if the input is no picture.
void require_picture(const SampleSpec& samples);

class PictureTransform : public Transform {
 public:
  void apply(std::span<Plane> planes, Rng& rng) const final;

 protected:
  /// `p`: how often it acts unless told otherwise.
  explicit PictureTransform(double p) : p_(p) {}
  void chance(Fields& f) { f.optional("p", p_, "how often", between(0, 1)); }
  SampleSpec outcome(const SampleSpec& in) const final {
    require_picture(in);
    return in;
  }
  /// Draws from `rng` as often as it likes.
  virtual void repaint(Plane& picture, Rng& rng) const = 0;

 private:
  double p_;
};

/// [least, most]
inline bool is_range(const std::vector<double>& range) { return range.size() == 2 && range[0] <= range[1]; }
/// Uniform in such a range.
inline double draw_from(const std::vector<double>& range, Rng& rng) {
  return range[0] + (range[1] - range[0]) * static_cast<double>(rng.uniform());
}
/// Uniform in 0 .. count-1, from one number.
inline std::int64_t draw_below(std::int64_t count, Rng& rng) {
  return static_cast<std::int64_t>(static_cast<double>(rng.uniform()) * static_cast<double>(count));
}

}  // namespace cnnctl
