#include "kernels/batch_norm.hpp"

#include <cmath>

#include "kernels/row_blocks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/batch_norm.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/activation_inl.hpp"
#include "kernels/row_sums_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Sums of x - x[0] and of its square, for each channel of a block of rows.
void deviations(std::int64_t rows, std::int64_t channels, const real* x, real* sums, real* squares) {
  for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
    const Vector shift = io.load(x + c);
    const Two two = row_sums_of_products(rows, [=](std::int64_t r) HWY_ATTR {
      const Vector deviation = hn::Sub(io.load(x + r * channels + c), shift);
      return Two{deviation, deviation};
    });
    io.store(two.first, sums + c);
    io.store(two.second, squares + c);
  });
}

void apply(Activation act, std::int64_t rows, std::int64_t channels, const real* x, const real* mean, const real* scale,
           const real* bias, const real* residual, real* y) {
  with_activation(act, [=](auto op) HWY_ATTR {
    for (std::int64_t at = 0; at < rows * channels; at += channels) {
      for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
        const Vector centred = hn::Sub(io.load(x + at + c), io.load(mean + c));
        Vector v = hn::MulAdd(centred, io.load(scale + c), io.load(bias + c));
        if (residual != nullptr) v = hn::Add(v, io.load(residual + at + c));
        io.store(op.value(v), y + at + c);
      });
    }
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(deviations);
HWY_EXPORT(apply);

namespace {

/// Joins the blocks of one channel: the mean of means first, then squares around it (Chan, Golub and LeVeque, 1983).
void join_moments(const RowBlocks& blocks, std::int64_t channels, std::int64_t c, const real* x, const real* sums,
                  const real* block_squares, real* mean, real* var) {
  double total = 0, squares = 0;
  const auto block_mean = [&](std::int64_t block) {
    return double{x[blocks.first(block) * channels + c]} +
           double{sums[block * channels + c]} / static_cast<double>(blocks.length(block));
  };
  for (std::int64_t block = 0; block < blocks.count; ++block)
    total += block_mean(block) * static_cast<double>(blocks.length(block));
  const double centre = total / static_cast<double>(blocks.rows);
  for (std::int64_t block = 0; block < blocks.count; ++block) {
    const double n = static_cast<double>(blocks.length(block)), sum = sums[block * channels + c];
    const double away = block_mean(block) - centre;
    squares += block_squares[block * channels + c] - sum * sum / n + n * away * away;
  }
  mean[c] = static_cast<real>(centre);
  var[c] = static_cast<real>(std::max(0.0, squares / static_cast<double>(blocks.rows)));
}

}  // namespace

std::size_t batch_norm_scratch(const BatchNormGeometry& g) {
  constexpr std::int64_t kCoefficients = 3;  // of batch_norm_grad
  return partial_bytes(RowBlocks(g.rows, g.channels), g.channels, 2) +
         static_cast<std::size_t>(kCoefficients * g.channels) * sizeof(real);
}

void batch_norm_statistics(const Workers& workers, const BatchNormGeometry& g, const real* x, real* mean, real* var,
                           std::byte* scratch) {
  const RowBlocks blocks(g.rows, g.channels);
  auto* sums = reinterpret_cast<real*>(scratch);  // (blocks, channels), as the next
  real* squares = sums + blocks.count * g.channels;
  workers.run(blocks.count, [&](std::int64_t block, int) {
    const std::int64_t at = block * g.channels;
    HWY_DYNAMIC_DISPATCH(deviations)
    (blocks.length(block), g.channels, x + blocks.first(block) * g.channels, sums + at, squares + at);
  });
  for_columns(workers, g.channels, 4 * blocks.count, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t c = first; c < first + count; ++c) join_moments(blocks, g.channels, c, x, sums, squares, mean, var);
  });
}

void batch_norm_apply(const Workers& workers, const BatchNormGeometry& g, const real* x, const real* mean,
                      const real* scale, const real* bias, const real* residual, real* y) {
  for_rows(workers, g.rows, g.channels, [&](std::int64_t first, std::int64_t rows) {
    const std::int64_t at = first * g.channels;
    HWY_DYNAMIC_DISPATCH(apply)
    (g.activation, rows, g.channels, x + at, mean, scale, bias, residual == nullptr ? nullptr : residual + at, y + at);
  });
}

}  // namespace cnnctl::kernels
#endif
