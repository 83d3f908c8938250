#include "kernels/norm/layer_norm.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/simd/row_blocks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/layer_norm.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/simd/strand_sum_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void norm_row(std::int64_t channels, real eps, const real* x, const real* weight, const real* bias, real* y,
              real* saved) {
  const real share = real{1} / static_cast<real>(channels);
  const real mean = share * strand_sum(channels, [x](std::int64_t c) HWY_ATTR { return x[c]; });
  const real variance =
      share * strand_sum(channels, [=](std::int64_t c) HWY_ATTR { return (x[c] - mean) * (x[c] - mean); });
  const real invstd = real{1} / std::sqrt(variance + eps);
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    Vector v = hn::Mul(hn::Sub(io.load(x + c), fill(mean)), fill(invstd));
    if (weight != nullptr) v = hn::MulAdd(v, io.load(weight + c), io.load(bias + c));
    io.store(v, y + c);
  });
  if (saved != nullptr) {
    saved[0] = mean;
    saved[1] = invstd;
  }
}

/// dx = invstd * (g - mean of g - xhat * mean of g * xhat), with g = dy * weight.
void grad_row(std::int64_t channels, const real* x, const real* saved, const real* weight, const real* dy, real* dx,
              bool accumulate) {
  const real share = real{1} / static_cast<real>(channels), mean = saved[0], invstd = saved[1];
  const auto g = [=](std::int64_t c) HWY_ATTR { return weight != nullptr ? dy[c] * weight[c] : dy[c]; };
  const real sum = share * strand_sum(channels, g);
  const real dot = share * invstd * strand_sum(channels, [=](std::int64_t c) HWY_ATTR { return g(c) * (x[c] - mean); });
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    Vector v = io.load(dy + c);
    if (weight != nullptr) v = hn::Mul(v, io.load(weight + c));
    const Vector xhat = hn::Mul(hn::Sub(io.load(x + c), fill(mean)), fill(invstd));
    v = hn::Mul(hn::NegMulAdd(xhat, fill(dot), hn::Sub(v, fill(sum))), fill(invstd));
    io.store(accumulate ? hn::Add(v, io.load(dx + c)) : v, dx + c);
  });
}

/// weights (channels) = sums of dy * xhat, biases (channels) = sums of dy.
void parameter_block(std::int64_t rows, std::int64_t channels, const real* x, const real* saved, const real* dy,
                     real* weights, real* biases) {
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    Vector weight = hn::Zero(Reals()), bias = hn::Zero(Reals());
    for (std::int64_t r = 0; r < rows; ++r) {
      const Vector d = io.load(dy + r * channels + c);
      const Vector xhat = hn::Mul(hn::Sub(io.load(x + r * channels + c), fill(saved[r * kLayerNormSaved])),
                                  fill(saved[r * kLayerNormSaved + 1]));
      weight = hn::MulAdd(d, xhat, weight);
      bias = hn::Add(bias, d);
    }
    io.store(weight, weights + c);
    io.store(bias, biases + c);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {
namespace {

HWY_EXPORT(norm_row);
HWY_EXPORT(grad_row);
HWY_EXPORT(parameter_block);

/// Rows in one block of the parameters' sums: strands short enough for their rounding, and at most 64 blocks.
std::int64_t block_rows(const LayerNormGeometry& g) {
  constexpr std::int64_t kMostBlocks = 64;
  return std::max(rows_per_task(g.channels), pieces(g.rows, kMostBlocks));
}

}  // namespace

void layer_norm(const Workers& workers, const LayerNormGeometry& g, const real* x, const real* weight, const real* bias,
                real* y, real* saved) {
  for_rows(workers, g.rows, g.channels, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t r = first; r < first + count; ++r) HWY_DYNAMIC_DISPATCH(norm_row)
    (g.channels, static_cast<real>(g.eps), x + r * g.channels, weight, bias, y + r * g.channels,
     saved != nullptr ? saved + r * kLayerNormSaved : nullptr);
  });
}

void layer_norm_grad(const Workers& workers, const LayerNormGeometry& g, const real* x, const real* saved,
                     const real* weight, const real* dy, real* dx, bool accumulate) {
  for_rows(workers, g.rows, g.channels, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t r = first; r < first + count; ++r) HWY_DYNAMIC_DISPATCH(grad_row)
    (g.channels, x + r * g.channels, saved + r * kLayerNormSaved, weight, dy + r * g.channels, dx + r * g.channels,
     accumulate);
  });
}

std::size_t layer_norm_scratch(const LayerNormGeometry& g) {
  const std::int64_t blocks = std::min<std::int64_t>(64, pieces(g.rows, rows_per_task(g.channels)));
  return aligned(static_cast<std::size_t>(2 * blocks * g.channels) * sizeof(real));
}

void layer_norm_parameter_grad(const Workers& workers, const LayerNormGeometry& g, const real* x, const real* saved,
                               const real* dy, real* dweight, real* dbias, std::byte* scratch) {
  const std::int64_t step = block_rows(g), blocks = pieces(g.rows, step);
  auto* weights = reinterpret_cast<real*>(scratch);
  real* biases = weights + blocks * g.channels;
  workers.run(blocks, [&](std::int64_t block, int) {
    const std::int64_t first = block * step, at = first * g.channels, to = block * g.channels;
    HWY_DYNAMIC_DISPATCH(parameter_block)
    (std::min(step, g.rows - first), g.channels, x + at, saved + first * kLayerNormSaved, dy + at, weights + to,
     biases + to);
  });
  join_channels(workers, g.channels, blocks, [&](std::int64_t c) {
    double weight = 0, bias = 0;
    for (std::int64_t at = c; at < blocks * g.channels; at += g.channels) {
      weight += weights[at];
      bias += biases[at];
    }
    if (dweight != nullptr) dweight[c] = static_cast<real>(weight);
    if (dbias != nullptr) dbias[c] = static_cast<real>(bias);
  });
}

}  // namespace cnnctl::kernels
#endif
