// The inner block is kMostRows rows by two registers of columns: its sums stay in registers while k runs.
#include "kernels/matrix/products.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matrix/products.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Rows of a block: as many sums as the registers hold beside a row of B. A few more fit, but only where they save a
/// second block are they worth it.
constexpr int kMostRows = by_registers(4, HWY_TARGET == HWY_AVX2 ? 6 : 12, 12);
constexpr int kMostAlone = by_registers(4, HWY_TARGET == HWY_AVX2 ? 6 : 14, 14);
constexpr int kRowsPerPointer = 3;  // x86 addresses p, p + d and p + 2d from two registers

/// The factors of one product.
struct Single {
  static constexpr std::int64_t count = 1;
  const real* a;
  const real* b;

  const real* left(std::int64_t) const { return a; }
  const real* right(std::int64_t) const { return b; }
  Single at(std::int64_t a_more, std::int64_t b_more) const { return {a + a_more, b + b_more}; }
};

/// The factors of a sum of products, from the same place on in each.
struct Several {
  std::int64_t count;
  const real* const* a;
  const real* const* b;
  std::int64_t a_offset = 0, b_offset = 0;

  const real* left(std::int64_t term) const { return a[term] + a_offset; }
  const real* right(std::int64_t term) const { return b[term] + b_offset; }
  Several at(std::int64_t a_more, std::int64_t b_more) const {
    return {count, a, b, a_offset + a_more, b_offset + b_more};
  }
};

/// Sums of `rows` rows of A times one or two registers of columns of B; `last` loads and stores the rightmost.
template <int rows, int vectors, bool transposed, class Factors, class Io>
HWY_INLINE void block(const Products& p, const Factors& f, real* c, Io last) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  constexpr int pointers = (rows + kRowsPerPointer - 1) / kRowsPerPointer;
  Vector sum[rows][vectors];
  if (p.accumulate) {
    HWY_UNROLL(24)
    for (int r = 0; r < rows; ++r) {
      if (vectors == 2) sum[r][0] = hn::LoadU(Reals(), c + r * p.ldc);
      sum[r][vectors - 1] = last.load(c + r * p.ldc + (vectors - 1) * lanes);
    }
  } else {
    HWY_UNROLL(24)
    for (int r = 0; r < rows; ++r)
      for (int v = 0; v < vectors; ++v) sum[r][v] = hn::Zero(Reals());
  }
  const std::int64_t row_step = transposed ? 1 : p.lda, step = transposed ? p.lda : 1;
  for (std::int64_t term = 0; term < f.count; ++term) {
    const real* b = f.right(term);
    const real* row[pointers];
    HWY_UNROLL(8)
    for (int i = 0; i < pointers; ++i) row[i] = f.left(term) + i * kRowsPerPointer * row_step;
    for (std::int64_t k = 0; k < p.k; ++k, b += p.ldb) {
      Vector right[vectors];
      if (vectors == 2) right[0] = hn::LoadU(Reals(), b);
      right[vectors - 1] = last.load(b + (vectors - 1) * lanes);
      HWY_UNROLL(24)
      for (int r = 0; r < rows; ++r) {
        const Vector left = fill(row[r / kRowsPerPointer][r % kRowsPerPointer * row_step]);
        HWY_UNROLL(2)
        for (int v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(left, right[v], sum[r][v]);
      }
      HWY_UNROLL(8)
      for (int i = 0; i < pointers; ++i) row[i] += step;
    }
  }
  HWY_UNROLL(24)
  for (int r = 0; r < rows; ++r) {
    if (vectors == 2) hn::StoreU(sum[r][0], Reals(), c + r * p.ldc);
    last.store(sum[r][vectors - 1], c + r * p.ldc + (vectors - 1) * lanes);
  }
}

/// block() for a number of rows known only now.
template <int most, int vectors, bool transposed, class Factors, class Io>
HWY_INLINE void block_of(std::int64_t rows, const Products& p, const Factors& f, real* c, Io last) {
  if (rows == most) return block<most, vectors, transposed>(p, f, c, last);
  if constexpr (most > 1) block_of<most - 1, vectors, transposed>(rows, p, f, c, last);
}

/// All rows of one or two registers of columns, in blocks of nearly the same size.
template <int vectors, bool transposed, class Factors, class Io>
void panel(const Products& p, const Factors& f, real* c, Io last) {
  const std::int64_t blocks = p.m <= kMostAlone ? 1 : (p.m + kMostRows - 1) / kMostRows;
  for (std::int64_t i = 0; i < blocks; ++i) {
    const std::int64_t first = p.m * i / blocks, rows = p.m * (i + 1) / blocks - first;
    block_of<kMostAlone, vectors, transposed>(rows, p, f.at(first * (transposed ? 1 : p.lda), 0), c + first * p.ldc,
                                              last);
  }
}

/// `n` columns of the product; whole pairs of registers first.
template <bool transposed, class Factors>
void columns(const Products& p, std::int64_t n, Factors f, real* c) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  for (; n >= 2 * lanes; n -= 2 * lanes, f = f.at(0, 2 * lanes), c += 2 * lanes) panel<2, transposed>(p, f, c, Whole());
  if (n > lanes) return panel<2, transposed>(p, f, c, Part(n - lanes));
  if (n == lanes) return panel<1, transposed>(p, f, c, Whole());
  if (n > 0) panel<1, transposed>(p, f, c, Part(n));
}

template <bool transposed, class Factors>
void product(const Products& p, const Factors& f, real* c) {
  if (!p.packed_b) return columns<transposed>(p, p.n, f, c);
  Products part = p;
  for (std::int64_t n = 0; n < p.n; n += kPanel) {
    part.ldb = HWY_MIN(kPanel, p.n - n);
    columns<transposed>(part, part.ldb, f.at(0, n * p.k), c + n);
  }
}

template <class Factors>
void product(const Products& p, const Factors& f, real* c) {
  p.transpose_a ? product<true>(p, f, c) : product<false>(p, f, c);
}

void multiply(const Products& p, const real* a, const real* b, real* c) {
  for (std::int64_t i = 0; i < p.count; ++i) product(p, Single{a + i * p.a_step, b + i * p.b_step}, c + i * p.c_step);
}

void multiply_sum(const Products& p, std::int64_t terms, const real* const* a, const real* const* b, real* c) {
  product<false>(p, Several{terms, a, b}, c);
}

void pack_panels(std::int64_t rows, std::int64_t columns, const real* b, std::int64_t ldb, real* panels) {
  for (std::int64_t column = 0; column < columns; column += kPanel) {
    const std::int64_t width = HWY_MIN(kPanel, columns - column);
    for (std::int64_t row = 0; row < rows; ++row, panels += width) {
      const real* from = b + row * ldb + column;
      for_lanes(width, [=](std::int64_t i, auto io) HWY_ATTR { io.store(io.load(from + i), panels + i); });
    }
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(multiply);
HWY_EXPORT(multiply_sum);
HWY_EXPORT(pack_panels);

void multiply(const Products& p, const real* a, const real* b, real* c) { HWY_DYNAMIC_DISPATCH(multiply)(p, a, b, c); }

void multiply_sum(const Products& p, std::int64_t terms, const real* const* a, const real* const* b, real* c) {
  HWY_DYNAMIC_DISPATCH(multiply_sum)(p, terms, a, b, c);
}

void pack_panels(std::int64_t rows, std::int64_t columns, const real* b, std::int64_t ldb, real* panels) {
  HWY_DYNAMIC_DISPATCH(pack_panels)(rows, columns, b, ldb, panels);
}

}  // namespace cnnctl::kernels
#endif
