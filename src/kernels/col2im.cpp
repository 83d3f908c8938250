#include "kernels/col2im.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/col2im.cpp"
#include "kernels/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// `count` runs of `length` values: to[i * to_step + j] += from[i * from_step + j]. Runs may overlap in `to`;
/// neighbours that do are added in different rounds, for a load from bytes that a store has only just covered in part
/// waits for it.
void add_runs(std::int64_t count, std::int64_t length, const real* from, std::int64_t from_step, real* to,
              std::int64_t to_step) {
  const std::int64_t rounds = (length + to_step - 1) / to_step;
  for (std::int64_t round = 0; round < rounds; ++round)
    for (std::int64_t i = round; i < count; i += rounds)
      for_lanes(length, [=](std::int64_t j, auto io) HWY_ATTR {
        real* at = to + i * to_step + j;
        io.store(hn::Add(io.load(at), io.load(from + i * from_step + j)), at);
      });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(add_runs);

void col2im(const WindowWalk& walk, std::int64_t width, std::int64_t rows, const real* matrix, std::int64_t ld,
            real* image) {
  const WindowRuns runs(walk, {image, width, walk.channels});
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t run = 0; run < runs.count(); ++run) HWY_DYNAMIC_DISPATCH(add_runs)
  (walk.columns.count, runs.length, matrix + row * walk.columns.count * ld + run * runs.length, ld,
   image + row * walk.rows.step * width * walk.channels + runs.offset(run), walk.columns.step * walk.channels);
}

}  // namespace cnnctl::kernels
#endif
