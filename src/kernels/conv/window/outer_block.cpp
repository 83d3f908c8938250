// A block of sums stays in registers while the results pass: a row of dy meets neighbouring values of x, one by one
// broadcast.
#include "kernels/conv/window/outer_block.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/window/outer_block.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Terms whose sums fit the registers.
template <int vectors>
constexpr int kMostTerms = by_registers(4, HWY_TARGET == HWY_AVX2 ? 12 : 24, 24) / vectors;

/// `terms` terms times one or two registers of channels; `last` loads and stores the rightmost.
template <int terms, int vectors, class Io>
void block(const OuterResults& r, const real* x, const real* dy, real* sums, std::int64_t ld, Io last) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  const std::int64_t right = (vectors - 1) * lanes;
  Vector sum[terms][vectors];
  HWY_UNROLL(24)
  for (int t = 0; t < terms; ++t) {
    if (vectors == 2) sum[t][0] = hn::LoadU(Reals(), sums + t * ld);
    sum[t][vectors - 1] = last.load(sums + t * ld + right);
  }
  for (std::int64_t image = 0; image < r.images; ++image)
    for (std::int64_t row = 0; row < r.rows; ++row) {
      const real* from = x + image * r.x.image + row * r.x.row;
      const real* with = dy + image * r.dy.image + row * r.dy.row;
      for (std::int64_t column = 0; column < r.columns; ++column, from += r.x.column, with += r.dy.column) {
        Vector factor[vectors];
        if (vectors == 2) factor[0] = hn::LoadU(Reals(), with);
        factor[vectors - 1] = last.load(with + right);
        HWY_UNROLL(24)
        for (int t = 0; t < terms; ++t) {
          const Vector value = fill(from[t]);
          HWY_UNROLL(2)
          for (int k = 0; k < vectors; ++k) sum[t][k] = hn::MulAdd(value, factor[k], sum[t][k]);
        }
      }
    }
  HWY_UNROLL(24)
  for (int t = 0; t < terms; ++t) {
    if (vectors == 2) hn::StoreU(sum[t][0], Reals(), sums + t * ld);
    last.store(sum[t][vectors - 1], sums + t * ld + right);
  }
}

/// block() for a number of terms known only now.
template <int most, int vectors, class Io>
HWY_INLINE void block_of(std::int64_t terms, const OuterResults& r, const real* x, const real* dy, real* sums,
                         std::int64_t ld, Io last) {
  if (terms == most) return block<most, vectors>(r, x, dy, sums, ld, last);
  if constexpr (most > 1) block_of<most - 1, vectors>(terms, r, x, dy, sums, ld, last);
}

/// All terms of one or two registers of channels, in blocks of nearly the same size.
template <int vectors, class Io>
void panel(const OuterResults& r, std::int64_t terms, const real* x, const real* dy, real* sums, std::int64_t ld,
           Io last) {
  constexpr int most = kMostTerms<vectors>;
  const std::int64_t blocks = (terms + most - 1) / most;
  for (std::int64_t i = 0; i < blocks; ++i) {
    const std::int64_t first = terms * i / blocks, count = terms * (i + 1) / blocks - first;
    block_of<most, vectors>(count, r, x + first, dy, sums + first * ld, ld, last);
  }
}

void add_outer(const OuterResults& r, std::int64_t terms, std::int64_t channels, const real* x, const real* dy,
               real* sums, std::int64_t ld) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  std::int64_t k = 0;
  for (; k + 2 * lanes <= channels; k += 2 * lanes) panel<2>(r, terms, x, dy + k, sums + k, ld, Whole());
  const std::int64_t rest = channels - k;
  if (rest > lanes) return panel<2>(r, terms, x, dy + k, sums + k, ld, Part(rest - lanes));
  if (rest == lanes) return panel<1>(r, terms, x, dy + k, sums + k, ld, Whole());
  if (rest > 0) panel<1>(r, terms, x, dy + k, sums + k, ld, Part(rest));
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(add_outer);

void add_outer(const OuterResults& results, std::int64_t terms, std::int64_t channels, const real* x, const real* dy,
               real* sum, std::int64_t ld) {
  HWY_DYNAMIC_DISPATCH(add_outer)(results, terms, channels, x, dy, sum, ld);
}

}  // namespace cnnctl::kernels
#endif
