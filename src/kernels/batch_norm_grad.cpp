#include "kernels/batch_norm.hpp"
#include "kernels/row_blocks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/batch_norm_grad.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/activation_inl.hpp"
#include "kernels/row_sums_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Sums of g and of g * (x - mean) over a block of rows, where g = dy * act'(y).
void grad_sums(Activation act, std::int64_t rows, std::int64_t channels, const real* x, const real* mean, const real* y,
               const real* dy, real* sums, real* products) {
  with_activation(act, [=](auto op) HWY_ATTR {
    for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
      const Vector centre = io.load(mean + c);
      const Two two = row_sums_of_products(rows, [=](std::int64_t r) HWY_ATTR {
        const std::int64_t at = r * channels + c;
        return Two{op.slope(io.load(y + at), io.load(dy + at)), hn::Sub(io.load(x + at), centre)};
      });
      io.store(two.first, sums + c);
      io.store(two.second, products + c);
    });
  });
}

/// dx = a * g + b * (x - mean) + k and dr = g, over `rows` rows from `first`; g as above. `coefficients` are a, b and
/// k, (C) each.
void grad_apply(Activation act, std::int64_t first, std::int64_t rows, std::int64_t channels,
                const BatchNormSaved& saved, const real* coefficients, const real* dy,
                const BatchNormGradients& out) {
  with_activation(act, [=, s = saved, a = coefficients, o = out](auto op) HWY_ATTR {
    for (std::int64_t row = first * channels; row < (first + rows) * channels; row += channels) {
      for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
        const std::int64_t at = row + c;
        const Vector g = op.slope(io.load(s.y + at), io.load(dy + at));
        if (o.dx != nullptr) {
          Vector v = hn::MulAdd(hn::Sub(io.load(s.x + at), io.load(s.mean + c)), io.load(a + channels + c), io.load(a + 2 * channels + c));
          v = hn::MulAdd(g, io.load(a + c), v);
          io.store(o.accumulate_dx ? hn::Add(v, io.load(o.dx + at)) : v, o.dx + at);
        }
        if (o.dr != nullptr) io.store(o.accumulate_dr ? hn::Add(g, io.load(o.dr + at)) : g, o.dr + at);
      });
    }
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(grad_sums);
HWY_EXPORT(grad_apply);

namespace {

/// Joins the blocks' sums of g and g * (x - mean) for one channel: the gradients of weight and bias, and what dx needs.
void join_sums(const RowBlocks& blocks, std::int64_t channels, std::int64_t c, const real* sums, const real* products,
               const BatchNormSaved& saved, real* coefficients, const BatchNormGradients& out) {
  double sum = 0, product = 0;
  for (std::int64_t block = 0; block < blocks.count; ++block) {
    sum += sums[block * channels + c];
    product += products[block * channels + c];
  }
  const double invstd = saved.invstd[c], rows = static_cast<double>(blocks.rows);
  const double a = invstd * (saved.weight == nullptr ? 1.0 : double{saved.weight[c]});
  if (out.dweight != nullptr) out.dweight[c] = static_cast<real>(product * invstd);
  if (out.dbias != nullptr) out.dbias[c] = static_cast<real>(sum);
  coefficients[c] = static_cast<real>(a);
  coefficients[channels + c] = static_cast<real>(-a * invstd * invstd * product / rows);
  coefficients[2 * channels + c] = static_cast<real>(-a * sum / rows);
}

}  // namespace

void batch_norm_grad(const Workers& workers, const BatchNormGeometry& g, const BatchNormSaved& given, const real* dy,
                     const BatchNormGradients& out, std::byte* scratch) {
  const RowBlocks blocks(g.rows, g.channels);
  auto* sums = reinterpret_cast<real*>(scratch);  // (blocks, channels), as the next
  real* products = sums + blocks.count * g.channels;
  real* coefficients = products + blocks.count * g.channels;  // (3, channels)
  BatchNormSaved saved = given;
  if (saved.y == nullptr) saved.y = dy;  // the slope of the identity does not look at it
  workers.run(blocks.count, [&](std::int64_t block, int) {
    const std::int64_t row = blocks.first(block) * g.channels, at = block * g.channels;
    HWY_DYNAMIC_DISPATCH(grad_sums)
    (g.activation, blocks.length(block), g.channels, saved.x + row, saved.mean, saved.y + row, dy + row, sums + at,
     products + at);
  });
  for_columns(workers, g.channels, 2 * blocks.count, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t c = first; c < first + count; ++c)
      join_sums(blocks, g.channels, c, sums, products, saved, coefficients, out);
  });
  if (out.dx == nullptr && out.dr == nullptr) return;
  for_rows(workers, g.rows, g.channels, [&](std::int64_t first, std::int64_t rows) {
    HWY_DYNAMIC_DISPATCH(grad_apply)(g.activation, first, rows, g.channels, saved, coefficients, dy, out);
  });
}

}  // namespace cnnctl::kernels
#endif
