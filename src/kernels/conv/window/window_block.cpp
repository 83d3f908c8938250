// Every result has one or two registers of sums, which stay there while the values of its window pass: a value is
// broadcast and meets a row of weights. Each result has an address of its own, so that neighbours in a block may stand
// anywhere: in different rows, in different images.
#include "kernels/conv/window/window_block.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/window/window_block.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Results whose sums fit the registers, beside a row of weights and a value.
constexpr int kMostResults = by_registers(2, HWY_TARGET == HWY_AVX2 ? 6 : kBlockResults, kBlockResults);

/// Values of a window whose rows of weights are in registers together: the results' addresses, of which there are more
/// than the processor has registers for, are needed less often then.
template <int vectors>
constexpr int kTogether = HWY_TARGET == HWY_AVX2 || kNoRegisters ? 1 : 4 / vectors;

/// sum += `together` values of the windows, from `at`, times their weights, rows of `width` values.
template <int together, class D, int results, int vectors>
HWY_INLINE void add(D d, const real* const (&from)[results], std::int64_t at, const real* weights, std::int64_t width,
                    hn::Vec<D> (&sum)[results][vectors]) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Vec<D> right[together][vectors];
  HWY_UNROLL(4)
  for (int t = 0; t < together; ++t) {
    HWY_UNROLL(2)
    for (int k = 0; k < vectors; ++k) right[t][k] = hn::LoadU(d, weights + t * width + k * lanes);
  }
  HWY_UNROLL(12)
  for (int r = 0; r < results; ++r) {
    HWY_UNROLL(4)
    for (int t = 0; t < together; ++t) {
      const hn::Vec<D> left = hn::Set(d, from[r][at + t]);
      HWY_UNROLL(2)
      for (int k = 0; k < vectors; ++k) sum[r][k] = hn::MulAdd(left, right[t][k], sum[r][k]);
    }
  }
}

/// The channels of one block, from channel `first`, and its part of the weights, (terms, `width`).
struct Columns {
  std::int64_t first, channels;
  const real* weights;
  std::int64_t width;
};

/// `results` results, one or two registers of channels each.
template <int results, int vectors, class D>
void block(D d, const WindowValues& v, const WindowFilters& f, const Columns& columns, const real* const* source,
           real* const* y) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t last = columns.first + (vectors - 1) * lanes;  // of the register that may be filled in part
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(HWY_MIN(lanes, columns.first + columns.channels - last)));
  hn::Vec<D> sum[results][vectors];
  if (f.accumulate) {
    HWY_UNROLL(12)
    for (int r = 0; r < results; ++r) {
      if (vectors == 2) sum[r][0] = hn::LoadU(d, y[r] + columns.first);
      sum[r][vectors - 1] = hn::MaskedLoad(mask, d, y[r] + last);
    }
  } else {
    hn::Vec<D> start[vectors];
    if (vectors == 2) start[0] = f.bias != nullptr ? hn::LoadU(d, f.bias + columns.first) : hn::Zero(d);
    start[vectors - 1] = f.bias != nullptr ? hn::MaskedLoad(mask, d, f.bias + last) : hn::Zero(d);
    HWY_UNROLL(12)
    for (int r = 0; r < results; ++r) {
      HWY_UNROLL(2)
      for (int k = 0; k < vectors; ++k) sum[r][k] = start[k];
    }
  }
  const real* from[results];
  HWY_UNROLL(12)
  for (int r = 0; r < results; ++r) from[r] = source[r];
  const std::int64_t width = columns.width;
  constexpr int together = kTogether<vectors>;
  const real* run = columns.weights + v.first_term * width;
  std::int64_t begin = v.first;
  for (std::int64_t i = 0; i < v.rows; ++i, begin += v.step, run += v.term_step * width) {
    const real* w = run;
    std::int64_t at = begin;
    const std::int64_t end = begin + v.length;
    for (; at + together <= end; at += together, w += together * width) add<together>(d, from, at, w, width, sum);
    for (; at < end; ++at, w += width) add<1>(d, from, at, w, width, sum);
  }
  if (f.relu) {
    HWY_UNROLL(12)
    for (int r = 0; r < results; ++r) {
      HWY_UNROLL(2)
      for (int k = 0; k < vectors; ++k) sum[r][k] = hn::IfThenZeroElse(hn::Lt(sum[r][k], hn::Zero(d)), sum[r][k]);
    }
  }
  HWY_UNROLL(12)
  for (int r = 0; r < results; ++r) {
    if (vectors == 2) hn::StoreU(sum[r][0], d, y[r] + columns.first);
    store_lanes(sum[r][vectors - 1], mask, d, y[r] + last);
  }
}

/// block() for a number of results known only now.
template <int most, int vectors, class D>
HWY_INLINE void block_of(D d, std::int64_t results, const WindowValues& v, const WindowFilters& f,
                         const Columns& columns, const real* const* source, real* const* y) {
  if (results == most) return block<most, vectors>(d, v, f, columns, source, y);
  if constexpr (most > 1) block_of<most - 1, vectors>(d, results, v, f, columns, source, y);
}

void multiply_windows(const WindowValues& v, const WindowFilters& f, std::int64_t results, const real* const* source,
                      real* const* y) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  const hn::Half<Reals> half;  // half a register loads faster
  for (std::int64_t panel = 0; panel < f.channels; panel += kWindowPanel) {
    const std::int64_t end = HWY_MIN(f.channels, panel + kWindowPanel), width = packed_channels(end - panel);
    for (std::int64_t k = panel; k < end; k += 2 * lanes) {
      const Columns columns{k, end - k, f.weights + panel * f.terms + k - panel, width};
      for (std::int64_t first = 0; first < results; first += kMostResults) {
        const std::int64_t count = HWY_MIN(kMostResults, results - first);
        if (end - k > lanes)
          block_of<kMostResults, 2>(Reals(), count, v, f, columns, source + first, y + first);
        else if (end - k > lanes / 2)
          block_of<kMostResults, 1>(Reals(), count, v, f, columns, source + first, y + first);
        else
          block_of<kMostResults, 1>(half, count, v, f, columns, source + first, y + first);
      }
    }
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(multiply_windows);

void multiply_windows(const WindowValues& values, const WindowFilters& filters, std::int64_t results,
                      const real* const* source, real* const* y) {
  HWY_DYNAMIC_DISPATCH(multiply_windows)(values, filters, results, source, y);
}

}  // namespace cnnctl::kernels
#endif
