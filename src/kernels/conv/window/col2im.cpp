// Input gradient of convolutions of images with few channels. For a row of dx, one sum of products over the rows of dy
// that meet it gives what every window sends back to that row; then the windows, which overlap, are added up. Lanes run
// over a window's columns and channels together, so that few channels fill them; the windows of a few rows of dx exist
// at a time.
#include "kernels/conv/window/col2im.hpp"

#include <algorithm>
#include <array>

#include "kernels/conv/families.hpp"
#include "kernels/conv/walk.hpp"
#include "kernels/conv/window/phases.hpp"
#include "kernels/matrix/gemm.hpp"
#include "kernels/matrix/transpose.hpp"

#ifndef CNNCTL_KERNELS_CONV_COL2IM_ONCE
#define CNNCTL_KERNELS_CONV_COL2IM_ONCE
namespace cnnctl::kernels {
namespace {

Phase column_phase(const ConvGeometry& g, std::int64_t i) {
  return phase_of(i, g.w, g.pad_left, g.stride_w, g.dilation_w, g.kw);
}

/// How rows of windows (width,KW,C) stand in memory: with windows of zeros at both ends, so that every pixel of a phase
/// finds as many as the others.
struct WindowRows {
  std::int64_t window, left, width;  // values of a window, windows of zeros before the first of dy, windows of a row

  explicit WindowRows(const ConvGeometry& g) : window(g.kw * g.c), left(0), width(g.ow) {
    for (std::int64_t i = 0; i < g.stride_w; ++i) {
      const Phase phase = column_phase(g, i);
      if (phase.taps == 0) continue;
      left = std::max(left, -phase.axis.first);
      width = std::max(width, phase.axis.first + phase.axis.reach(phase.count));
    }
    width += left;
  }
  std::int64_t values() const { return width * window; }
};

}  // namespace
}  // namespace cnnctl::kernels
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/window/col2im.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

constexpr int kMostPixels = 4;  // of a phase, whose sums are in registers together

/// kPixels pixels of dx, `step` apart, = the sums of `taps` values each, or += with `accumulate`.
template <int kPixels>
HWY_INLINE void add_pixels(const Phase& phase, std::int64_t channels, const real* from, std::int64_t next_window,
                           std::int64_t next_tap, bool accumulate, real* dx, std::int64_t step) {
  const Narrow d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t c = 0; c < channels; c += lanes, from += lanes, dx += lanes) {
    const auto mask = hn::FirstN(d, static_cast<std::size_t>(channels - c));
    hn::Vec<Narrow> sum[kPixels];
    HWY_UNROLL(4)
    for (int i = 0; i < kPixels; ++i) sum[i] = accumulate ? hn::MaskedLoad(mask, d, dx + i * step) : hn::Zero(d);
    const real* value = from;
    for (std::int64_t tap = 0; tap < phase.taps; ++tap, value += next_tap) {
      HWY_UNROLL(4)
      for (int i = 0; i < kPixels; ++i) sum[i] = hn::Add(sum[i], hn::LoadU(d, value + i * next_window));
    }
    HWY_UNROLL(4) for (int i = 0; i < kPixels; ++i) store_lanes(sum[i], mask, d, dx + i * step);
  }
}

/// Rows of dx (rows,W,C) = what their windows send back, or += with `accumulate`.
void add_windows(const ConvGeometry& g, const WindowRows& layout, std::int64_t rows, const real* windows,
                 bool accumulate, real* dx) {
  const std::int64_t step = g.stride_w * g.c;
  for (std::int64_t i = 0; i < g.stride_w; ++i) {
    const Phase phase = column_phase(g, i);
    const std::int64_t next_tap = phase.axis.tap_step * layout.window - phase.step * g.c;
    for (std::int64_t row = 0; row < rows; ++row) {
      const real* from =
          windows + (row * layout.width + layout.left + phase.axis.first) * layout.window + phase.last_tap * g.c;
      real* to = dx + (row * g.w + phase.first) * g.c;
      std::int64_t x = 0;
      for (; x + kMostPixels <= phase.count; x += kMostPixels)
        add_pixels<kMostPixels>(phase, g.c, from + x * layout.window, layout.window, next_tap, accumulate,
                                to + x * step, step);
      for (; x < phase.count; ++x)
        add_pixels<1>(phase, g.c, from + x * layout.window, layout.window, next_tap, accumulate, to + x * step, step);
    }
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(add_windows);

namespace {

constexpr std::int64_t kMostChannels = 8, kMostTapRows = 32;
constexpr std::int64_t kBlockValues = 8 * 1024;

/// With more channels Winograd's algorithm is as fast, and where that does not apply, rows of windows.
bool applies(const ConvGeometry& g) {
  return g.groups == 1 && (g.c < kMostChannels || (g.c == kMostChannels && g.k <= 32)) && g.kh <= kMostTapRows &&
         g.weight_count() <= 64 * 1024;
}

/// Rows of dx whose windows are in memory together: in the first-level cache, and enough for the stores of a product to
/// be over when its windows are read.
std::int64_t block_of(const ConvGeometry& g) {
  return std::clamp<std::int64_t>(kBlockValues / WindowRows(g).values(), 1, g.h);
}

/// prepared (KH, K, KW * C).
void prepare(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  const std::int64_t window = WindowRows(g).window;
  for (std::int64_t i = 0, at = 0; i < g.kh; ++i, at += window * g.k)
    transpose(window, g.k, w + at, g.k, prepared + at, window);
}

/// What the windows of one row of dx send back to it.
class RowProduct {
 public:
  RowProduct(const ConvGeometry& g, const WindowRows& layout)
      : g_(g),
        layout_(layout),
        product_({.m = g.ow, .n = layout.window, .k = g.k, .lda = g.k, .ldb = layout.window, .ldc = layout.window}) {}

  /// A row of windows (layout.width,KW,C) for row `y` of dx, from dy of one image.
  void operator()(std::int64_t y, const real* dy, const real* prepared, real* windows) const {
    std::array<const real*, kMostTapRows> rows, weights;
    std::size_t count = 0;
    for (std::int64_t tap = 0; tap < g_.kh; ++tap) {
      const std::int64_t from = y + g_.pad_top - tap * g_.dilation_h;
      // A division costs as much as a few products.
      const std::int64_t row = g_.stride_h == 1 ? from : from / g_.stride_h;
      if (from < 0 || row * g_.stride_h != from || row >= g_.oh) continue;
      rows[count] = dy + row * g_.ow * g_.k;
      weights[count++] = prepared + tap * g_.k * layout_.window;
    }
    real* first = windows + layout_.left * layout_.window;
    real* end = count > 0 ? first + g_.ow * layout_.window : first;
    if (count > 0) product_(static_cast<std::int64_t>(count), rows.data(), weights.data(), first);
    std::fill(windows, first, real{0});
    std::fill(end, windows + layout_.values(), real{0});
  }

 private:
  const ConvGeometry& g_;
  const WindowRows& layout_;
  BatchGemm product_;
};

}  // namespace

ConvNeeds col2im_needs(const ConvGeometry& g) {
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real),
          .shared = 0,
          .worker = static_cast<std::size_t>(block_of(g) * WindowRows(g).values() + kMostChannels) * sizeof(real)};
}

void col2im(const Workers& workers, const ConvGeometry& g, const real* dy, const real* prepared,
            const Epilogue& epilogue, real* dx, const ConvScratch& scratch) {
  const WindowRows layout(g);
  const RowProduct row_product(g, layout);
  const std::int64_t block = block_of(g), blocks = pieces(g.h, block);
  workers.run(g.n * blocks, [&](std::int64_t task, int worker) {
    const std::int64_t n = task / blocks, first = task % blocks * block, rows = std::min(block, g.h - first);
    real* windows = scratch.of(worker);
    for (std::int64_t row = 0; row < rows; ++row)
      row_product(first + row, dy + n * g.oh * g.ow * g.k, prepared, windows + row * layout.values());
    real* to = dx + (n * g.h + first) * g.w * g.c;
    HWY_DYNAMIC_DISPATCH(add_windows)(g, layout, rows, windows, epilogue.accumulate, to);
    apply_epilogue({epilogue.bias, epilogue.activation, false}, rows * g.w, g.c, to, g.c);
  });
}

namespace {

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* prepared, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  col2im(workers, g, dy, prepared, {nullptr, {}, accumulate}, dx, scratch);
}

}  // namespace

const ConvInputGradient kCol2imInput{"col2im", applies, col2im_needs, prepare, input_gradient};

}  // namespace cnnctl::kernels
#endif
