#include "kernels/norm/batch_norm.hpp"

#include "kernels/norm/batch_norm_parts.hpp"
#include "kernels/norm/batch_norm_wide.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/batch_norm.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pointwise/activation_inl.hpp"
#include "kernels/simd/row_sums_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// The mean of each channel of a block of rows, and the sum of squares around it. Two passes over a block that stays in
/// the cache: one pass would lose the variance where the mean, or a single value, is far from the rest.
void moments(std::int64_t rows, std::int64_t channels, const real* x, real* means, real* squares) {
  const Vector share = fill(real{1} / static_cast<real>(rows));
  for_lanes_abreast<kAbreast>(channels, [=](std::int64_t first, auto io, auto abreast) HWY_ATTR {
    constexpr int columns = decltype(abreast)::kValue;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
    const auto value = [=](std::int64_t r, int v) HWY_ATTR { return io.load(x + r * channels + first + v * lanes); };
    Vector mean[columns];
    row_sums(rows, value, mean);
    for (int v = 0; v < columns; ++v) mean[v] = hn::Mul(mean[v], share);
    Two two[columns];
    row_sums_of_products(
        rows,
        [=, &mean](std::int64_t r, int v) HWY_ATTR {
          const Vector deviation = hn::Sub(value(r, v), mean[v]);
          return Two{deviation, deviation};
        },
        two);
    for (int v = 0; v < columns; ++v) {
      // What rounding left of the mean: a sum of deviations that is not zero.
      const Vector rest = hn::Mul(two[v].first, share);
      io.store(hn::Add(mean[v], rest), means + first + v * lanes);
      io.store(hn::NegMulAdd(rest, two[v].first, two[v].second), squares + first + v * lanes);
    }
  });
}

void apply(Activation act, std::int64_t rows, std::int64_t channels, const real* x, const BatchNormAffine& affine,
           const real* residual, real* y) {
  with_short_activation(act, [=, a = affine](auto op) HWY_ATTR {
    for_column_lanes(rows, channels, [=](std::int64_t c, auto io, std::int64_t begin, std::int64_t end) HWY_ATTR {
      const Vector mean = io.load(a.mean + c), scale = io.load(a.scale + c), bias = io.load(a.bias + c);
      for (std::int64_t at = begin; at < end; at += channels) {
        Vector v = hn::MulAdd(hn::Sub(io.load(x + at), mean), scale, bias);
        if (residual != nullptr) v = hn::Add(v, io.load(residual + at));
        io.store(op.value(v), y + at);
      }
    });
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(moments);
HWY_EXPORT(apply);

namespace {

/// Joins the blocks of `count` channels from c on: the mean of the means, then squares around it (Chan, Golub and
/// LeVeque, 1983).
void join_moments(const BatchNormParts& parts, std::int64_t c, std::int64_t count, const real* means,
                  const real* partial_squares, real* mean, real* var) {
  const double rows = static_cast<double>(parts.rows());
  double centre[BatchNormParts::kJoined] = {}, squares[BatchNormParts::kJoined] = {};
  parts.for_partials([&](std::int64_t partial, std::int64_t partial_rows) {
    const auto weight = static_cast<double>(partial_rows);
    for (std::int64_t i = 0; i < count; ++i) centre[i] += double{means[partial + c + i]} * weight;
  });
  for (double& value : centre) value /= rows;
  parts.for_partials([&](std::int64_t partial, std::int64_t partial_rows) {
    const auto weight = static_cast<double>(partial_rows);
    for (std::int64_t i = 0; i < count; ++i) {
      const double away = means[partial + c + i] - centre[i];
      squares[i] += partial_squares[partial + c + i] + weight * away * away;
    }
  });
  for (std::int64_t i = 0; i < count; ++i) {
    mean[c + i] = static_cast<real>(centre[i]);
    var[c + i] = static_cast<real>(std::max(0.0, squares[i] / rows));
  }
}

}  // namespace

std::size_t batch_norm_scratch(const BatchNormGeometry& g) { return BatchNormParts(g).bytes(); }

void batch_norm_gather(const Workers& workers, const BatchNormGeometry& g, std::int64_t first, std::int64_t count,
                       const real* x, std::byte* scratch) {
  const BatchNormParts parts(g);
  real* means = reinterpret_cast<real*>(scratch);
  real* squares = means + parts.values();
  parts.run(workers, first, count, [&](std::int64_t at, std::int64_t rows, std::int64_t width, std::int64_t to) {
    HWY_DYNAMIC_DISPATCH(moments)(rows, width, x + at, means + to, squares + to);
  });
}

void batch_norm_settle(const Workers& workers, const BatchNormGeometry& g, const std::byte* scratch, real* mean,
                       real* var) {
  const BatchNormParts parts(g);
  const real* means = reinterpret_cast<const real*>(scratch);
  const real* squares = means + parts.values();
  parts.join(workers,
             [&](std::int64_t c, std::int64_t count) { join_moments(parts, c, count, means, squares, mean, var); });
}

void batch_norm_apply(const Workers& workers, const BatchNormGeometry& g, const real* x, const BatchNormAffine& affine,
                      const real* residual, real* y) {
  const WideRows w(g.rows, g.channels);
  WideArrays<3> widen(w);
  const BatchNormAffine wide = widen(affine);
  for_wide_rows(workers, w, [&](std::int64_t at, std::int64_t rows, std::int64_t width) {
    HWY_DYNAMIC_DISPATCH(apply)
    (g.activation, rows, width, x + at, wide, residual == nullptr ? nullptr : residual + at, y + at);
  });
}

}  // namespace cnnctl::kernels
#endif
