#include "kernels/im2col.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/im2col.cpp"
#include "kernels/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// `count` runs of `length` values: to[i * to_step + j] = from[i * from_step + j].
void copy_runs(std::int64_t count, std::int64_t length, const real* from, std::int64_t from_step, real* to,
               std::int64_t to_step) {
  for_lanes(length, [=](std::int64_t j, auto io) HWY_ATTR {
    for (std::int64_t i = 0; i < count; ++i) io.store(io.load(from + i * from_step + j), to + i * to_step + j);
  });
}

/// The same, adding. Runs may overlap in `to`; neighbours that do are added in different rounds, for a load from bytes
/// that a store has only just covered in part waits for it.
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

HWY_EXPORT(copy_runs);
HWY_EXPORT(add_runs);

namespace {

/// Taps that stand side by side in memory are one run: a row of the window without dilation, else a single tap.
struct Runs {
  std::int64_t count, taps, length;

  explicit Runs(const WindowWalk& walk, std::int64_t pitch) {
    taps = walk.columns.tap_step == 1 && pitch == walk.channels ? walk.columns.taps : 1;
    count = walk.tap_count() / taps;
    length = taps * walk.channels;
  }
};

}  // namespace

void im2col(const WindowWalk& walk, const WindowSource& source, std::int64_t rows, real* matrix, std::int64_t ld) {
  const Runs runs(walk, source.pitch);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t run = 0; run < runs.count; ++run) HWY_DYNAMIC_DISPATCH(copy_runs)
  (walk.columns.count, runs.length, source.at(walk, row, run * runs.taps), walk.columns.step * source.pitch,
   matrix + row * walk.columns.count * ld + run * runs.length, ld);
}

void col2im(const WindowWalk& walk, std::int64_t width, std::int64_t rows, const real* matrix, std::int64_t ld,
            real* image) {
  const WindowSource target{image, width, walk.channels};
  const Runs runs(walk, walk.channels);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t run = 0; run < runs.count; ++run) HWY_DYNAMIC_DISPATCH(add_runs)
  (walk.columns.count, runs.length, matrix + row * walk.columns.count * ld + run * runs.length, ld,
   const_cast<real*>(target.at(walk, row, run * runs.taps)), walk.columns.step * walk.channels);
}

}  // namespace cnnctl::kernels
#endif
