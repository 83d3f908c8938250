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

void dot_block(std::int64_t rows, std::int64_t columns, const real* a, const real* b, real* sums) {
  for_lanes(columns, [=](std::int64_t c, auto io) HWY_ATTR {
    const auto product = [=](std::int64_t r)
                             HWY_ATTR { return hn::Mul(io.load(a + r * columns + c), io.load(b + r * columns + c)); };
    io.store(row_sum(rows, product), sums + c);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

namespace {

HWY_EXPORT(sum_block);
HWY_EXPORT(dot_block);

/// Sums of blocks, each formed by block(at, rows, width, partial) as RowBlocks::run calls it, joined in order.
template <class Block>
void sum_blocks(const Workers& workers, std::int64_t rows, std::int64_t columns, real* sums, std::byte* scratch,
                const Block& block) {
  const RowBlocks blocks(rows, columns);
  auto* partial = reinterpret_cast<real*>(scratch);
  blocks.run(workers, [&](std::int64_t at, std::int64_t block_rows, std::int64_t width, std::int64_t to) {
    block(at, block_rows, width, partial + to);
  });
  blocks.join(workers, [&](std::int64_t c) {
    double total = 0;
    for (std::int64_t p = 0; p < blocks.partials(); ++p) total += partial[p * columns + c];
    sums[c] = static_cast<real>(total);
  });
}

}  // namespace

std::size_t column_sums_scratch(std::int64_t rows, std::int64_t columns) {
  return RowBlocks(rows, columns).partial_bytes(1);
}

void column_sums(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* x, real* sums,
                 std::byte* scratch) {
  sum_blocks(workers, rows, columns, sums, scratch,
             [x](std::int64_t at, std::int64_t block_rows, std::int64_t width, real* partial) {
               HWY_DYNAMIC_DISPATCH(sum_block)(block_rows, width, x + at, partial);
             });
}

void column_dots(const Workers& workers, std::int64_t rows, std::int64_t columns, const real* a, const real* b,
                 real* sums, std::byte* scratch) {
  sum_blocks(workers, rows, columns, sums, scratch,
             [a, b](std::int64_t at, std::int64_t block_rows, std::int64_t width, real* partial) {
               HWY_DYNAMIC_DISPATCH(dot_block)(block_rows, width, a + at, b + at, partial);
             });
}

}  // namespace cnnctl::kernels
#endif
