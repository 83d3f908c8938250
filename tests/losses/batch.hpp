// Batches for the tests of losses: outputs, targets, weights, and what a loss writes.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/rng.hpp"
#include "configure.hpp"
#include "losses/loss.hpp"

namespace cnnctl::testing {

/// A batch with everything that a loss reads and writes.
struct Batch {
  std::int64_t n;
  Shape shape;
  Tensor output{n, shape};
  std::vector<std::int32_t> labels;
  std::vector<real> soft, weight;
  std::vector<double> per_sample = std::vector<double>(static_cast<std::size_t>(n));
  std::vector<real> gradient = std::vector<real>(static_cast<std::size_t>(output.count()));

  Batch(const Shape& of_sample, std::int64_t rows) : n(rows), shape(of_sample) {}
  Batch(std::int64_t rows, std::vector<real> values)
      : Batch(Shape{static_cast<std::int64_t>(values.size()) / rows}, rows) {
    std::copy(values.begin(), values.end(), output.data());
  }

  Target target() const {
    Target t;
    if (soft.empty())
      t.classes = labels;
    else
      t.values = {soft.data(), n, shape};
    if (!weight.empty()) t.weight = {weight.data(), n, Shape{static_cast<std::int64_t>(weight.size()) / n}};
    return t;
  }
  double evaluate(const Choice<Loss>& loss, const Workers& workers, bool with_gradient = true, double scale = 1) {
    return loss->evaluate(workers, output.view(), target(), per_sample,
                          {with_gradient ? gradient.data() : nullptr, scale});
  }
  /// Samples [begin, end) of this batch.
  Batch part(std::int64_t begin, std::int64_t end) const {
    const auto piece = [&](const auto& all) {
      const auto of_sample = static_cast<std::ptrdiff_t>(all.size()) / n;
      return std::decay_t<decltype(all)>(all.begin() + begin * of_sample, all.begin() + end * of_sample);
    };
    Batch b(shape, end - begin);
    const std::span<const real> values = output.span();
    std::copy_n(values.begin() + begin * shape.count(), b.output.count(), b.output.data());
    b.labels = piece(labels), b.soft = piece(soft), b.weight = piece(weight);
    return b;
  }
};

/// Random outputs and targets; `probabilities` makes outputs whose channels are positive and sum to 1.
inline Batch random_batch(std::int64_t n, const Shape& shape, bool soft_targets, bool probabilities = false) {
  Rng rng(7, Purpose::synthetic);
  const std::int64_t width = shape.channels(), rows = n * shape.count() / width;
  const auto row_of = [&](bool normalised) {
    std::vector<double> row(static_cast<std::size_t>(width));
    double sum = 0;
    for (double& value : row) sum += value = normalised ? 0.2 + static_cast<double>(rng.uniform()) : rng.normal();
    for (double& value : row) value /= normalised ? sum : 1;
    return row;
  };
  Batch batch(shape, n);
  real* to = batch.output.data();
  std::vector<real> soft;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (const double value : row_of(probabilities)) *to++ = static_cast<real>(value);
    for (const double value : row_of(true)) soft.push_back(static_cast<real>(value));
  }
  for (std::int64_t i = 0; i < rows; ++i)
    batch.labels.push_back(static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(width))));
  if (soft_targets) batch.soft = soft;
  return batch;
}
inline Batch random_batch(std::int64_t n, std::int64_t width, bool soft_targets, bool probabilities = false) {
  return random_batch(n, Shape{width}, soft_targets, probabilities);
}

/// A weight for each sample or, with `count` positions, for each of them; one of them is 0.
inline Batch weighted(Batch batch, std::int64_t positions) {
  Rng rng(11, Purpose::synthetic);
  for (std::int64_t i = 0; i < batch.n * positions; ++i) batch.weight.push_back(i == 1 ? 0 : rng.uniform(0.5, 2));
  return batch;
}

inline void check_gradient(const Choice<Loss>& loss, Batch batch) {
  const Workers workers(1);
  batch.evaluate(loss, workers);
  constexpr bool kExact = sizeof(real) == 8;
  const real h = kExact ? real(1e-5) : real(1e-2);
  for (std::int64_t i = 0; i < batch.output.count(); ++i) {
    real& value = batch.output.data()[i];
    const real old = value;
    value = old + h;
    const double above = batch.evaluate(loss, workers, false), x1 = static_cast<double>(value);
    value = old - h;
    const double below = batch.evaluate(loss, workers, false), x0 = static_cast<double>(value);
    value = old;
    const double numeric = (above - below) / (x1 - x0);
    CHECK(static_cast<double>(batch.gradient[static_cast<std::size_t>(i)]) ==
          doctest::Approx(numeric).epsilon(kExact ? 1e-7 : 2e-3).scale(0.1));
  }
}

}  // namespace cnnctl::testing
