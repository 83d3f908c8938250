#include "kernels/norm/batch_norm_parts.hpp"
#include "kernels/norm/batch_norm_wide.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/batch_norm_grad.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pointwise/activation_inl.hpp"
#include "kernels/simd/row_sums_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// What normalises the channels of one register.
struct Affine {
  Vector mean, scale, bias;

  template <class Io>
  HWY_INLINE Affine(const Io& io, const BatchNormAffine& a, std::int64_t c)
      : mean(io.load(a.mean + c)), scale(io.load(a.scale + c)), bias(io.load(a.bias + c)) {}
};

/// g = dy * act'(y); y stands at `y`, or if that is null it is computed as batch_norm_apply did.
template <class Op, class Io>
HWY_INLINE Vector slope(const Op& op, const Io& io, const Affine& f, Vector centred, const real* y, Vector dy) {
  return op.slope(y != nullptr ? io.load(y) : op.value(hn::MulAdd(centred, f.scale, f.bias)), dy);
}

/// Sums of g and of g * (x - mean) over a block of rows.
void grad_sums(Activation act, std::int64_t rows, std::int64_t channels, const real* x, const BatchNormAffine& affine,
               const real* y, const real* dy, real* sums, real* products) {
  with_short_activation(act, [=, a = affine](auto op) HWY_ATTR {
    for_lanes_abreast<kAbreast>(channels, [=](std::int64_t first, auto io, auto abreast) HWY_ATTR {
      constexpr int columns = decltype(abreast)::kValue;
      const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
      Two two[columns];
      row_sums_of_products(
          rows,
          [=](std::int64_t r, int v) HWY_ATTR {
            const std::int64_t c = first + v * lanes, at = r * channels + c;
            const Affine f(io, a, c);
            const Vector centred = hn::Sub(io.load(x + at), f.mean);
            return Two{slope(op, io, f, centred, from(y, at), io.load(dy + at)), centred};
          },
          two);
      for (int v = 0; v < columns; ++v) {
        io.store(two[v].first, sums + first + v * lanes);
        io.store(two[v].second, products + first + v * lanes);
      }
    });
  });
}

/// dx = a * g + b * (x - mean) + k and dr = g; a, b and k are of each channel.
void grad_apply(Activation act, std::int64_t rows, std::int64_t channels, const BatchNormSaved& saved, const real* a,
                const real* b, const real* k, const real* dy, const BatchNormGradients& out) {
  with_short_activation(act, [=, s = saved, o = out](auto op) HWY_ATTR {
    for_column_lanes(rows, channels, [=](std::int64_t c, auto io, std::int64_t begin, std::int64_t end) HWY_ATTR {
      const Affine f(io, s.affine, c);
      const Vector of_g = io.load(a + c), of_x = io.load(b + c), rest = io.load(k + c);
      for (std::int64_t at = begin; at < end; at += channels) {
        const Vector centred = hn::Sub(io.load(s.x + at), f.mean);
        const Vector g = slope(op, io, f, centred, from(s.y, at), io.load(dy + at));
        if (o.dx != nullptr) {
          const Vector v = hn::MulAdd(g, of_g, hn::MulAdd(centred, of_x, rest));
          io.store(o.accumulate_dx ? hn::Add(v, io.load(o.dx + at)) : v, o.dx + at);
        }
        if (o.dr != nullptr) io.store(o.accumulate_dr ? hn::Add(g, io.load(o.dr + at)) : g, o.dr + at);
      }
    });
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(grad_sums);
HWY_EXPORT(grad_apply);

void batch_norm_gather_gradient(const Workers& workers, const BatchNormGeometry& g, std::int64_t first,
                                std::int64_t count, const BatchNormSaved& saved, const real* dy, std::byte* scratch) {
  const BatchNormParts parts(g);
  real* sums = reinterpret_cast<real*>(scratch);
  real* products = sums + parts.values();
  WideArrays<3> widen(parts.blocks());
  const BatchNormAffine affine = widen(saved.affine);
  parts.run(workers, first, count, [&](std::int64_t at, std::int64_t rows, std::int64_t width, std::int64_t to) {
    HWY_DYNAMIC_DISPATCH(grad_sums)
    (g.activation, rows, width, saved.x + at, affine, from(saved.y, at), dy + at, sums + to, products + to);
  });
}

void batch_norm_settle_gradient(const Workers& workers, const BatchNormGeometry& g, std::int64_t normalised,
                                const BatchNormSaved& saved, const std::byte* scratch,
                                const BatchNormCoefficients& coefficients, real* dweight, real* dbias) {
  const BatchNormParts parts(g);
  const real* sums = reinterpret_cast<const real*>(scratch);
  const real* products = sums + parts.values();
  const double rows = static_cast<double>(normalised);
  parts.join(workers, [&](std::int64_t first, std::int64_t count) {
    double sum[BatchNormParts::kJoined] = {}, product[BatchNormParts::kJoined] = {};
    parts.for_partials([&](std::int64_t partial, std::int64_t) {
      for (std::int64_t i = 0; i < count; ++i) {
        sum[i] += sums[partial + first + i];
        product[i] += products[partial + first + i];
      }
    });
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t c = first + i;
      const double invstd = saved.invstd[c], scale = saved.affine.scale[c];
      if (dweight != nullptr) dweight[c] = static_cast<real>(product[i] * invstd);
      if (dbias != nullptr) dbias[c] = static_cast<real>(sum[i]);
      coefficients.a[c] = static_cast<real>(scale);
      coefficients.b[c] = static_cast<real>(-scale * invstd * invstd * product[i] / rows);
      coefficients.k[c] = static_cast<real>(-scale * sum[i] / rows);
    }
  });
}

void batch_norm_grad(const Workers& workers, const BatchNormGeometry& g, const BatchNormSaved& saved,
                     const BatchNormCoefficients& coefficients, const real* dy, const BatchNormGradients& out) {
  const WideRows w(g.rows, g.channels);
  WideArrays<6> widen(w);
  const BatchNormAffine affine = widen(saved.affine);
  const real *a = widen(coefficients.a), *b = widen(coefficients.b), *k = widen(coefficients.k);
  for_wide_rows(workers, w, [&](std::int64_t at, std::int64_t rows, std::int64_t width) {
    const BatchNormSaved here{saved.x + at, affine, nullptr, from(saved.y, at)};
    HWY_DYNAMIC_DISPATCH(grad_apply)
    (g.activation, rows, width, here, a, b, k, dy + at,
     {from(out.dx, at), out.accumulate_dx, from(out.dr, at), out.accumulate_dr});
  });
}

}  // namespace cnnctl::kernels
#endif
