#include "kernels/batch_norm_wide.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/batch_norm_grad.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/activation_inl.hpp"
#include "kernels/row_sums_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// g = dy * act'(y), at `at` of the block and column c; y is read, or computed as batch_norm_apply did.
template <class Op, class Io>
HWY_INLINE Vector slope(const Op& op, const Io& io, const BatchNormAffine& f, Vector centred, const real* y,
                        std::int64_t at, std::int64_t c, Vector dy) {
  if (y != nullptr) return op.slope(io.load(y + at), dy);
  return op.slope(op.value(hn::MulAdd(centred, io.load(f.scale + c), io.load(f.bias + c))), dy);
}

/// Sums of g and of g * (x - mean) over a block of rows.
void grad_sums(Activation act, std::int64_t rows, std::int64_t channels, const real* x, const BatchNormAffine& affine,
               const real* y, const real* dy, real* sums, real* products) {
  with_activation(act, [=, f = affine](auto op) HWY_ATTR {
    for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
      const Vector mean = io.load(f.mean + c);
      const Two two = row_sums_of_products(rows, [=](std::int64_t r) HWY_ATTR {
        const std::int64_t at = r * channels + c;
        const Vector centred = hn::Sub(io.load(x + at), mean);
        return Two{slope(op, io, f, centred, y, at, c, io.load(dy + at)), centred};
      });
      io.store(two.first, sums + c);
      io.store(two.second, products + c);
    });
  });
}

/// dx = a * g + b * (x - mean) + k and dr = g; a, b and k are of each channel.
void grad_apply(Activation act, std::int64_t rows, std::int64_t channels, const BatchNormSaved& saved, const real* a,
                const real* b, const real* k, const real* dy, const BatchNormGradients& out) {
  with_activation(act, [=, s = saved, o = out](auto op) HWY_ATTR {
    for (std::int64_t row = 0; row < rows * channels; row += channels) {
      for_lanes(channels, [=](std::int64_t c, auto io) HWY_ATTR {
        const std::int64_t at = row + c;
        const Vector centred = hn::Sub(io.load(s.x + at), io.load(s.affine.mean + c));
        const Vector g = slope(op, io, s.affine, centred, s.y, at, c, io.load(dy + at));
        if (o.dx != nullptr) {
          const Vector v = hn::MulAdd(g, io.load(a + c), hn::MulAdd(centred, io.load(b + c), io.load(k + c)));
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

/// Joins the blocks' sums of g and g * (x - mean) for one channel: the gradients of weight and bias, and the
/// coefficients a, b and k of dx, (3, channels).
void join_sums(const RowBlocks& blocks, std::int64_t c, const real* sums, const real* products,
               const BatchNormSaved& saved, real* coefficients, const BatchNormGradients& out) {
  double sum = 0, product = 0;
  for (std::int64_t p = 0; p < blocks.partials(); ++p) {
    sum += sums[p * blocks.channels + c];
    product += products[p * blocks.channels + c];
  }
  const double invstd = saved.invstd[c], scale = saved.affine.scale[c], rows = static_cast<double>(blocks.rows);
  if (out.dweight != nullptr) out.dweight[c] = static_cast<real>(product * invstd);
  if (out.dbias != nullptr) out.dbias[c] = static_cast<real>(sum);
  coefficients[c] = static_cast<real>(scale);
  coefficients[blocks.channels + c] = static_cast<real>(-scale * invstd * invstd * product / rows);
  coefficients[2 * blocks.channels + c] = static_cast<real>(-scale * sum / rows);
}

/// `array` from value `at` on; null stays null.
template <class T>
T* from(T* array, std::int64_t at) {
  return array == nullptr ? nullptr : array + at;
}

}  // namespace

void batch_norm_grad(const Workers& workers, const BatchNormGeometry& g, const BatchNormSaved& saved, const real* dy,
                     const BatchNormGradients& out, std::byte* scratch) {
  const RowBlocks blocks(g.rows, g.channels);
  auto* sums = reinterpret_cast<real*>(scratch);  // (partials, channels), as the next
  real* products = sums + blocks.partials() * g.channels;
  real* coefficients = products + blocks.partials() * g.channels;
  WideArrays<6> widen(blocks);
  const BatchNormAffine affine = widen(saved.affine);
  blocks.run(workers, [&](std::int64_t at, std::int64_t rows, std::int64_t width, std::int64_t to) {
    HWY_DYNAMIC_DISPATCH(grad_sums)
    (g.activation, rows, width, saved.x + at, affine, from(saved.y, at), dy + at, sums + to, products + to);
  });
  blocks.join(workers, [&](std::int64_t c) { join_sums(blocks, c, sums, products, saved, coefficients, out); });
  if (out.dx == nullptr && out.dr == nullptr) return;
  const real *a = widen(coefficients), *b = widen(coefficients + g.channels), *k = widen(coefficients + 2 * g.channels);
  for_wide_rows(workers, blocks, [&](std::int64_t at, std::int64_t rows, std::int64_t width) {
    const BatchNormSaved here{saved.x + at, affine, nullptr, from(saved.y, at)};
    HWY_DYNAMIC_DISPATCH(grad_apply)
    (g.activation, rows, width, here, a, b, k, dy + at,
     {from(out.dx, at), out.accumulate_dx, from(out.dr, at), out.accumulate_dr, nullptr, nullptr});
  });
}

}  // namespace cnnctl::kernels
#endif
