#include "kernels/column_sums.hpp"

#include "kernels/row_blocks.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/column_sums.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/row_sums_inl.hpp"

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
  return partial_bytes(RowBlocks(rows, columns), columns, 1);
}

void column_sums(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, real* sums,
                 std::byte* scratch) {
  const RowBlocks blocks(rows, columns);
  if (blocks.count == 1) {
    HWY_DYNAMIC_DISPATCH(sum_block)(rows, columns, x, sums);
    return;
  }
  auto* partial = reinterpret_cast<real*>(scratch);  // (blocks, columns)
  workers.run(blocks.count, [&](std::int64_t block, int) {
    HWY_DYNAMIC_DISPATCH(sum_block)
    (blocks.length(block), columns, x + blocks.first(block) * columns, partial + block * columns);
  });
  for_columns(workers, columns, blocks.count, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t c = first; c < first + count; ++c) {
      double total = 0;
      for (std::int64_t block = 0; block < blocks.count; ++block) total += partial[block * columns + c];
      sums[c] = static_cast<real>(total);
    }
  });
}

}  // namespace cnnctl::kernels
#endif
