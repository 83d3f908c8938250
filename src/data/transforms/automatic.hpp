// What the automatic augmentations share: how often, and how pixels are found where operations move them.
#pragma once

#include "data/catalog.hpp"
#include "data/transforms/operation.hpp"
#include "data/transforms/picture_transform.hpp"

namespace cnnctl {

class AutomaticTransform : public Transform {
 public:
  void apply(std::span<Plane> planes, Rng& rng) const final {
    Rng own = branch(rng);
    if (static_cast<double>(own.uniform()) < p_) choose(planes, own);
  }

 protected:
  void common_settings(Fields& f) {
    resampling_.settings(f);
    f.optional("p", p_, "how often", between(0, 1));
  }
  SampleSpec outcome(const SampleSpec& in) const final {
    require_picture(in);
    return in;
  }
  /// Draws from `rng` as often as it likes, and performs what it drew.
  virtual void choose(std::span<Plane> planes, Rng& rng) const = 0;
  /// An operation of this strength, one way or the other.
  void either_way(std::span<Plane> planes, Operation operation, double strength, Rng& rng) const {
    perform(planes, operation, rng.uniform() < 0.5f ? -strength : strength, resampling_);
  }

 private:
  Resampling resampling_{.interpolation = Interpolation::nearest};
  double p_ = 1;
};

}  // namespace cnnctl
