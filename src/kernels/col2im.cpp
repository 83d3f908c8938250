#include "kernels/col2im.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/col2im.cpp"
#include "kernels/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// The windows of neighbours overlap, and a load from bytes that a store has only just covered in part waits for it. So
/// the windows of a row are added in rounds of those that do not, and a round goes through the whole block first. Lanes
/// are innermost: what is added to a value comes in the same order with short registers.
void add_windows(const WindowWalk& walk, const WindowRuns& runs, std::int64_t width, std::int64_t rows,
                 const real* matrix, std::int64_t ld, real* image) {
  const std::int64_t step = walk.columns.step * walk.channels, below = walk.rows.step * width * walk.channels;
  const std::int64_t columns = walk.columns.count, rounds = (runs.length + step - 1) / step;
  for (std::int64_t round = 0; round < rounds; ++round)
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t i = round; i < columns; i += rounds) {
        const real* from = matrix + (row * columns + i) * ld;
        real* corner = image + row * below + i * step;
        for (std::int64_t r = 0; r < runs.rows; ++r)
          for (std::int64_t s = 0; s < runs.columns; ++s, from += runs.length) {
            real* to = corner + r * runs.row_step + s * runs.column_step;
            for_lanes(runs.length, [=](std::int64_t j, auto io)
                                       HWY_ATTR { io.store(hn::Add(io.load(to + j), io.load(from + j)), to + j); });
          }
      }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(add_windows);

void col2im(const WindowWalk& walk, std::int64_t width, std::int64_t rows, const real* matrix, std::int64_t ld,
            real* image) {
  const WindowRuns runs(walk, {image, width, walk.channels});
  HWY_DYNAMIC_DISPATCH(add_windows)(walk, runs, width, rows, matrix, ld, image);
}

}  // namespace cnnctl::kernels
#endif
