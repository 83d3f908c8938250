#include "kernels/matrix/column_sums.hpp"

#include "kernels/simd/row_blocks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matrix/column_sums.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/simd/row_sums_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

void sum_block(std::int64_t rows, std::int64_t columns, const real* x, real* sums) {
  for_lanes(columns, [=](std::int64_t c, auto io) HWY_ATTR {
    io.store(row_sum(rows, [=](std::int64_t r) HWY_ATTR { return io.load(x + r * columns + c); }), sums + c);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(sum_block);

std::size_t column_sums_scratch(std::int64_t rows, std::int64_t columns) {
  return RowBlocks(rows, columns).partial_bytes(1);
}

void column_sums(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, real* sums,
                 std::byte* scratch) {
  const RowBlocks blocks(rows, columns);
  auto* partial = reinterpret_cast<real*>(scratch);
  blocks.run(workers, [&](std::int64_t at, std::int64_t block_rows, std::int64_t width, std::int64_t to) {
    HWY_DYNAMIC_DISPATCH(sum_block)(block_rows, width, x + at, partial + to);
  });
  blocks.join(workers, [&](std::int64_t c) {
    double total = 0;
    for (std::int64_t p = 0; p < blocks.partials(); ++p) total += partial[p * columns + c];
    sums[c] = static_cast<real>(total);
  });
}

}  // namespace cnnctl::kernels
#endif
