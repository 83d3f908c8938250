// Convolution with few filters and any stride: lanes run over the values of a window, which stand side by side, and
// every result is a dot product. A sum has 16 lanes, in as many registers as that takes; they are added up at the end,
// in the same order for every length of registers.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/walk.hpp"
#include "kernels/matrix/transpose.hpp"
#include "tensor/tensor.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/direct/dots.cpp"
#include "kernels/simd/simd_inl.hpp"

#ifndef CNNCTL_KERNELS_CONV_DOTS_ONCE
#define CNNCTL_KERNELS_CONV_DOTS_ONCE
namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kSumLanes = 16;

/// A row of results.
struct DotRow {
  const real* x;       // the first window
  std::int64_t pixel;  // from window to window
  WindowRuns window;
  const real* w;  // (k, window values)
  std::int64_t columns, k;
  real* sums;  // (columns, k, kSumLanes)
};

}  // namespace
}  // namespace cnnctl::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

constexpr int kLanes = static_cast<int>(hn::MaxLanes(Reals()));
constexpr int kParts = kSumLanes > kLanes ? kSumLanes / kLanes : 1;  // registers of a sum
constexpr int kMostPixels = kLongRegisters && kParts == 1 ? 4 : 1, kMostFilters = 4;

/// The sums of kPixels windows, from `column` on, with kFilters filters, from k on.
template <int kPixels, int kFilters>
HWY_INLINE void multiply(const DotRow& r, std::int64_t column, std::int64_t k) {
  const std::int64_t values = r.window.count() * r.window.length, pixel = r.pixel;
  const real* corner = r.x + column * pixel;
  const real* w = r.w + k * values;
  Vector sum[kPixels][kFilters][kParts];
  HWY_UNROLL(4) for (int p = 0; p < kPixels; ++p) {
    HWY_UNROLL(4) for (int f = 0; f < kFilters; ++f) {
      for (int part = 0; part < kParts; ++part) sum[p][f][part] = hn::Zero(Reals());
    }
  }
  const auto add = [&](int part, auto io, const real* x, const real* weight) HWY_ATTR {
    Vector seen[kPixels];
    HWY_UNROLL(4) for (int p = 0; p < kPixels; ++p) seen[p] = io.load(x + p * pixel);
    HWY_UNROLL(4) for (int f = 0; f < kFilters; ++f) {
      const Vector filter = io.load(weight + f * values);
      HWY_UNROLL(4) for (int p = 0; p < kPixels; ++p) sum[p][f][part] = hn::MulAdd(seen[p], filter, sum[p][f][part]);
    }
  };
  for (std::int64_t run = 0; run < r.window.count(); ++run, w += r.window.length) {
    const real* x = corner + r.window.offset(run);
    std::int64_t i = 0;
    for (; i + kSumLanes <= r.window.length; i += kSumLanes) {
      HWY_UNROLL(4) for (int part = 0; part < kParts; ++part) {
        add(part, Whole(), x + i + part * kLanes, w + i + part * kLanes);
      }
    }
    HWY_UNROLL(4) for (int part = 0; part < kParts; ++part) {
      const std::int64_t at = i + part * kLanes;
      if (at < r.window.length) add(part, Part(r.window.length - at), x + at, w + at);
    }
  }
  HWY_UNROLL(4) for (int p = 0; p < kPixels; ++p) {
    HWY_UNROLL(4) for (int f = 0; f < kFilters; ++f) {
      for (int part = 0; part < kParts; ++part)
        hn::StoreU(sum[p][f][part], Reals(), r.sums + ((column + p) * r.k + k + f) * kSumLanes + part * kLanes);
    }
  }
}

template <int kFilters>
void multiply_filters(const DotRow& r, std::int64_t k) {
  std::int64_t column = 0;
  for (; column + kMostPixels <= r.columns; column += kMostPixels) multiply<kMostPixels, kFilters>(r, column, k);
  for (; column < r.columns; ++column) multiply<1, kFilters>(r, column, k);
}

void multiply_row(const DotRow& r) {
  std::int64_t k = 0;
  for (; k + kMostFilters <= r.k; k += kMostFilters) multiply_filters<kMostFilters>(r, k);
  if (r.k - k == 3) multiply_filters<3>(r, k);
  if (r.k - k == 2) multiply_filters<2>(r, k);
  if (r.k - k == 1) multiply_filters<1>(r, k);
}

/// y (count) = the sums of the lanes (kSumLanes, count), or += that with `accumulate`.
void add_lanes(std::int64_t count, const real* lanes, bool accumulate, real* y) {
  for_lanes(count, [=](std::int64_t i, auto io) HWY_ATTR {
    Vector sum[kSumLanes];
    for (std::int64_t l = 0; l < kSumLanes; ++l) sum[l] = io.load(lanes + l * count + i);
    for (std::int64_t half = kSumLanes / 2; half > 0; half /= 2)
      for (std::int64_t l = 0; l < half; ++l) sum[l] = hn::Add(sum[l], sum[l + half]);
    io.store(accumulate ? hn::Add(io.load(y + i), sum[0]) : sum[0], y + i);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(multiply_row);
HWY_EXPORT(add_lanes);

namespace {

/// Windows must be long enough to pay for the sums' ends. Without stride more than one filter runs faster in the mirror
/// (conv_mirrored.cpp), which wants several columns of taps.
bool applies(const ConvGeometry& g) {
  if (g.groups > 1 || g.kw * g.c < 2 * kSumLanes) return false;
  if (g.k == 1) return g.taps() * g.c >= 64;
  return g.k <= 4 && g.taps() > 1 && g.taps() * g.c >= 144 && (!g.unit_stride() || g.kw == 1);
}

std::int64_t block_of(const ConvGeometry& g) { return rows_per_block(g.oh, g.ow * g.taps() * g.c * g.k); }
std::int64_t sum_values(const ConvGeometry& g) { return g.ow * g.k * kSumLanes; }
std::size_t copy_bytes(const ConvGeometry& g) { return aligned(forward_walk(g).copy_bytes(block_of(g))); }

ConvNeeds needs(const ConvGeometry& g) {
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real),
          .worker = copy_bytes(g) + static_cast<std::size_t>(2 * sum_values(g)) * sizeof(real)};
}

/// prepared (K, KH * KW * C).
void prepare(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  const std::int64_t values = g.taps() * g.c;
  transpose(values, g.k, w, g.k, prepared, values);
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const Epilogue& epilogue,
             real* y, const ConvScratch& scratch) {
  const WindowWalk walk = forward_walk(g);
  const std::int64_t block = block_of(g), blocks = pieces(g.oh, block), results = g.ow * g.k;
  workers.run(g.n * blocks, [&](std::int64_t task, int worker) {
    const std::int64_t n = task / blocks, first = task % blocks * block, rows = std::min(block, g.oh - first);
    real* copy = scratch.of(worker);
    real *sums = copy + copy_bytes(g) / sizeof(real), *lanes = sums + sum_values(g);
    const WindowSource source = window_source(walk, x + n * g.h * g.w * g.c, first, rows, copy);
    real* to = y + (n * g.oh + first) * results;
    for (std::int64_t row = 0; row < rows; ++row) {
      HWY_DYNAMIC_DISPATCH(multiply_row)
      ({.x = source.data + row * g.stride_h * source.width * source.pitch,
        .pixel = g.stride_w * source.pitch,
        .window = WindowRuns(walk, source),
        .w = w,
        .columns = g.ow,
        .k = g.k,
        .sums = sums});
      transpose(results, kSumLanes, sums, kSumLanes, lanes, results);
      HWY_DYNAMIC_DISPATCH(add_lanes)(results, lanes, epilogue.accumulate, to + row * results);
    }
    apply_epilogue({epilogue.bias, epilogue.activation, false}, rows * g.ow, g.k, to, g.k);
  });
}

}  // namespace

const ConvForward kDotsForward{"dots", applies, needs, prepare, forward};

}  // namespace cnnctl::kernels
#endif
