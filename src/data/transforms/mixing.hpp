// What mixes the samples of a batch with one another, after all that is done to each by itself: each with the one
// before it, the first with the last, as torchvision's v2.MixUp and v2.CutMix. One draw holds for the whole batch.
// Knows batches; knows neither files nor losses.
#pragma once

#include "data/batch.hpp"
#include "data/transform.hpp"

namespace cnnctl {

class MixingTransform : public Transform, private Mixing {
 public:
  void apply(std::span<Plane>, Rng&) const final {}  // nothing, of one sample
  const Mixing* mixing() const final { return this; }

 protected:
  void settings(Fields& f) final;
  SampleSpec outcome(const SampleSpec& in) const final;
  /// Mixes the input so that about `share` of each sample is its own; returns what share it is.
  virtual double mix_input(const Workers& workers, real* values, std::int64_t n, const Shape& shape, double share,
                           Rng& rng) const = 0;

 private:
  double chance() const final { return p_; }
  void mix(const Workers& workers, Batch& batch, Rng& rng) const final;

  double alpha_ = 1, p_ = 1;
};

/// Calls body(i, own, other, first, count) for pieces of all samples, each with the sample before it, so that `own` may
/// be changed in place: (n, size) values, of which a piece is [first, first + count).
void for_pairs(const Workers& workers, real* values, std::int64_t n, std::int64_t size,
               FunctionRef<void(real* own, const real* other, std::int64_t first, std::int64_t count)> body);

/// Beta(alpha, alpha), 0 < alpha.
double draw_beta(double alpha, Rng& rng);

}  // namespace cnnctl
