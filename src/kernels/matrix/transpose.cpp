#include "kernels/matrix/transpose.hpp"

#include <algorithm>

#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matrix/transpose.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// As many rows as a register has lanes are read side by side, a column at a time: all lines of a column are used again
/// by the next ones, and whole lines are written.
void transpose_rows(std::int64_t rows, std::int64_t columns, const real* x, std::int64_t ldx, real* y, std::int64_t ldy,
                    bool accumulate) {
  const Reals d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const hn::RebindToSigned<Reals> integers;
  const auto at_row =
      hn::Mul(hn::Iota(integers, 0), hn::Set(integers, static_cast<hn::TFromD<decltype(integers)>>(ldx)));
  std::int64_t r = 0;
  for (; r + lanes <= rows; r += lanes)
    for (std::int64_t c = 0; c < columns; ++c) {
      const Vector column = hn::GatherIndex(d, x + r * ldx + c, at_row);
      real* to = y + c * ldy + r;
      hn::StoreU(accumulate ? hn::Add(hn::LoadU(d, to), column) : column, d, to);
    }
  for (; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) {
      real& to = y[c * ldy + r];
      to = accumulate ? to + x[r * ldx + c] : x[r * ldx + c];
    }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(transpose_rows);

void transpose(std::int64_t rows, std::int64_t columns, const real* x, std::int64_t ldx, real* y, std::int64_t ldy) {
  HWY_DYNAMIC_DISPATCH(transpose_rows)(rows, columns, x, ldx, y, ldy, false);
}

void transpose(const Workers& workers, std::int64_t n, std::int64_t rows, std::int64_t columns, const real* x, real* y,
               bool accumulate) {
  // Large matrices are cut by columns: each task writes a range of y by itself.
  const std::int64_t step = std::min(columns, rows_per_task(rows));
  const std::int64_t parts = pieces(columns, step), matrices = parts > 1 ? 1 : rows_per_task(rows * columns);
  workers.run(pieces(n, matrices) * parts, [&](std::int64_t task, int) {
    const std::int64_t first = task % parts * step, matrix = task / parts * matrices;
    for (std::int64_t i = matrix; i < std::min(n, matrix + matrices); ++i) {
      const std::int64_t at = i * rows * columns;
      HWY_DYNAMIC_DISPATCH(transpose_rows)
      (rows, std::min(step, columns - first), x + at + first, columns, y + at + first * rows, rows, accumulate);
    }
  });
}

}  // namespace cnnctl::kernels
#endif
