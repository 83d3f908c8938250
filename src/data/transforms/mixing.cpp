#include "data/transforms/mixing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.hpp"

namespace cnnctl {
namespace {

/// In (0, 1].
double draw_share(Rng& rng) { return 1 - static_cast<double>(rng.uniform()); }

/// The logarithm of a number of the gamma distribution of this shape and scale 1 (Marsaglia and Tsang, "A simple method
/// for generating gamma variables", ACM TOMS 2000). Small shapes give numbers that only their logarithms can hold.
double log_gamma_number(double shape, Rng& rng) {
  if (shape < 1) return log_gamma_number(shape + 1, rng) + std::log(draw_share(rng)) / shape;
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = static_cast<double>(rng.normal()), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(draw_share(rng)) < 0.5 * x * x + d - d * v + d * std::log(v)) return std::log(d * v);
  }
}

}  // namespace

double draw_beta(double alpha, Rng& rng) {
  const double one = log_gamma_number(alpha, rng), other = log_gamma_number(alpha, rng);
  return 1 / (1 + std::exp(other - one));
}

void for_pairs(const Workers& workers, real* values, std::int64_t n, std::int64_t size,
               FunctionRef<void(real*, const real*, std::int64_t, std::int64_t)> body) {
  constexpr std::int64_t kPiece = 4096;
  workers.run(pieces(size, kPiece), [&](std::int64_t task, int) {
    const std::int64_t first = task * kPiece, count = std::min(kPiece, size - first);
    const real* const end = values + (n - 1) * size + first;
    const std::vector<real> last(end, end + count);  // as it was before it was mixed itself
    for (std::int64_t i = n - 1; i > 0; --i)
      body(values + i * size + first, values + (i - 1) * size + first, first, count);
    body(values + first, last.data(), first, count);
  });
}

void MixingTransform::settings(Fields& f) {
  f.shorthand("alpha");
  f.optional("alpha", alpha_, "shares are of the distribution Beta(alpha, alpha): near 0 and 1 if it is small",
             between(0.001, 1000));
  f.optional("p", p_, "how often; a batch takes one such transform at most", between(0, 1));
}

SampleSpec MixingTransform::outcome(const SampleSpec& in) const {
  bool classes = false;
  for (const Column& column : in.columns) {
    if (column.name == in.input) continue;
    if (column.element != Element::i32 || column.shape.count() != 1)
      throw ShapeError(fmt::format("mixes pictures and their classes, and samples have '{}' as well, of {}",
                                   column.name, column.shape.str()));
    classes = true;
  }
  if (!classes) throw ShapeError("mixes pictures and their classes, and samples have no class");
  return in;
}

void MixingTransform::mix(const Workers& workers, Batch& batch, Rng& rng) const {
  const std::size_t input = batch.spec().index(batch.spec().input);
  const double share = draw_beta(alpha_, rng);
  batch.mix_classes(
      mix_input(workers, batch.values_at(input), batch.n(), batch.spec().columns[input].shape, share, rng));
}

}  // namespace cnnctl
