#include "kernels/conv/window/gather.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/window/gather.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

HWY_INLINE real* copy(std::int64_t count, const real* from, real* to) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR { io.store(io.load(from + i), to + i); });
  return to + count;
}

HWY_INLINE real* clear(std::int64_t count, real* to) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR { io.store(hn::Zero(Reals()), to + i); });
  return to + count;
}

/// The taps [begin, end) of one row of a window that begins at column x of the source row at `row`.
HWY_INLINE real* gather_row(const WindowWalk& walk, const WindowTerms& terms, std::int64_t begin, std::int64_t end,
                            std::int64_t x, const real* row, real* to) {
  const std::int64_t step = walk.columns.tap_step;
  const bool inside = x + begin * step >= 0 && x + (end - 1) * step < walk.source_w;
  if (inside && step == 1 && terms.channels == walk.source_c)
    return copy((end - begin) * terms.channels, row + (x + begin) * walk.source_c, to);
  for (std::int64_t j = begin; j < end; ++j) {
    const std::int64_t column = x + j * step;
    const bool there = column >= 0 && column < walk.source_w;
    to = there ? copy(terms.channels, row + column * walk.source_c, to) : clear(terms.channels, to);
  }
  return to;
}

void gather(const WindowWalk& walk, const WindowTerms& terms, std::int64_t first, std::int64_t count, const real* x,
            real* to) {
  const std::int64_t width = walk.columns.taps, pixels = walk.rows.count * walk.columns.count;
  const std::int64_t begin = terms.tap / width, end = (terms.tap + terms.taps - 1) / width + 1;
  const std::int64_t left = terms.tap % width, right = terms.taps > 1 ? width : left + 1;
  std::int64_t image = first / pixels, row = first % pixels / walk.columns.count, column = first % walk.columns.count;
  for (std::int64_t i = 0; i < count; ++i) {
    const real* source = x + image * walk.source_h * walk.source_w * walk.source_c + terms.channel;
    const std::int64_t top = row * walk.rows.step + walk.rows.first;
    const std::int64_t start = column * walk.columns.step + walk.columns.first;
    for (std::int64_t tap = begin; tap < end; ++tap) {
      const std::int64_t y = top + tap * walk.rows.tap_step;
      to = y < 0 || y >= walk.source_h
               ? clear((right - left) * terms.channels, to)
               : gather_row(walk, terms, left, right, start, source + y * walk.source_w * walk.source_c, to);
    }
    if (++column < walk.columns.count) continue;
    column = 0;
    if (++row < walk.rows.count) continue;
    row = 0;
    ++image;
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(gather);

TermParts::TermParts(std::int64_t taps, std::int64_t channels, std::int64_t whole, std::int64_t split)
    : taps_(taps),
      channels_(channels),
      whole_(taps * channels <= whole),
      step_(pieces(channels, pieces(channels, split))),
      pieces_(pieces(channels, step_)) {}

WindowTerms TermParts::part(std::int64_t i) const {
  if (whole_) return {0, taps_, 0, channels_};
  const std::int64_t channel = i % pieces_ * step_;
  return {i / pieces_, 1, channel, std::min(step_, channels_ - channel)};
}

std::int64_t TermParts::offset(std::int64_t i) const {
  return whole_ ? 0 : i / pieces_ * channels_ + i % pieces_ * step_;
}

void gather(const WindowWalk& walk, const WindowTerms& terms, std::int64_t first, std::int64_t count, const real* x,
            real* matrix) {
  HWY_DYNAMIC_DISPATCH(gather)(walk, terms, first, count, x, matrix);
}

}  // namespace cnnctl::kernels
#endif
