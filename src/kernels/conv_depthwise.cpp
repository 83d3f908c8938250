// Depthwise convolution: each channel has its own small filter. Direct, vectorised over channels; weights are
// (KH, KW, C). The multiply-adds are few, so the passes over memory decide.
#include <algorithm>

#include "kernels/conv.hpp"
#include "kernels/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv_depthwise.cpp"
#include "kernels/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/activation_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// The taps [begin, end) whose source position, start + tap * dilation, is inside [0, size).
struct TapRange {
  std::int64_t begin, end;

  TapRange(std::int64_t start, std::int64_t dilation, std::int64_t taps, std::int64_t size)
      : begin(start >= 0 ? 0 : (-start + dilation - 1) / dilation),
        end(start >= size ? begin : std::min(taps, (size - 1 - start) / dilation + 1)) {}
};

/// One row of y: image points to (H,W,C), y to (OW,C).
void depthwise_row(const ConvGeometry& g, const real* image, std::int64_t oy, const real* w, const real* bias,
                   Activation act, real* y) {
  const std::int64_t top = oy * g.stride_h - g.pad_top;
  const TapRange rows(top, g.dilation_h, g.kh, g.h);
  with_activation(act, [=](auto op) HWY_ATTR {
    for_lanes(g.c, [=](std::int64_t c, auto io) HWY_ATTR {
      const Vector shift = bias != nullptr ? io.load(bias + c) : hn::Zero(Reals());
      for (std::int64_t ox = 0; ox < g.ow; ++ox) {
        const std::int64_t left = ox * g.stride_w - g.pad_left;
        const TapRange columns(left, g.dilation_w, g.kw, g.w);
        Vector sum = shift;
        for (std::int64_t i = rows.begin; i < rows.end; ++i)
          for (std::int64_t j = columns.begin; j < columns.end; ++j) {
            const std::int64_t pixel = (top + i * g.dilation_h) * g.w + left + j * g.dilation_w;
            sum = hn::MulAdd(io.load(image + pixel * g.c + c), io.load(w + (i * g.kw + j) * g.c + c), sum);
          }
        io.store(op.value(sum), y + ox * g.c + c);
      }
    });
  });
}

/// One row of dx: dy points to (OH,OW,C) of the image, dx to (W,C).
void depthwise_input_row(const ConvGeometry& g, const real* dy, std::int64_t iy, const real* w, bool accumulate,
                         real* dx) {
  for_lanes(g.c, [=](std::int64_t c, auto io) HWY_ATTR {
    for (std::int64_t ix = 0; ix < g.w; ++ix) {
      Vector sum = accumulate ? io.load(dx + ix * g.c + c) : hn::Zero(Reals());
      for (std::int64_t i = 0; i < g.kh; ++i) {
        const std::int64_t y = iy + g.pad_top - i * g.dilation_h;
        if (y < 0 || y % g.stride_h != 0 || y / g.stride_h >= g.oh) continue;
        for (std::int64_t j = 0; j < g.kw; ++j) {
          const std::int64_t x = ix + g.pad_left - j * g.dilation_w;
          if (x < 0 || x % g.stride_w != 0 || x / g.stride_w >= g.ow) continue;
          const std::int64_t pixel = y / g.stride_h * g.ow + x / g.stride_w;
          sum = hn::MulAdd(io.load(dy + pixel * g.c + c), io.load(w + (i * g.kw + j) * g.c + c), sum);
        }
      }
      io.store(sum, dx + ix * g.c + c);
    }
  });
}

/// dw (KH,KW,C) += the share of one image.
void depthwise_weight_image(const ConvGeometry& g, const real* image, const real* dy, real* dw) {
  for_lanes(g.c, [=](std::int64_t c, auto io) HWY_ATTR {
    for (std::int64_t i = 0; i < g.kh; ++i)
      for (std::int64_t j = 0; j < g.kw; ++j) {
        real* to = dw + (i * g.kw + j) * g.c + c;
        Vector sum = io.load(to);
        for (std::int64_t oy = 0; oy < g.oh; ++oy) {
          const std::int64_t y = oy * g.stride_h - g.pad_top + i * g.dilation_h;
          if (y < 0 || y >= g.h) continue;
          const std::int64_t start = j * g.dilation_w - g.pad_left;  // x = ox * stride + start
          const std::int64_t first = start >= 0 ? 0 : (-start + g.stride_w - 1) / g.stride_w;
          const std::int64_t last = start >= g.w ? 0 : std::min(g.ow, (g.w - 1 - start) / g.stride_w + 1);
          for (std::int64_t ox = first; ox < last; ++ox)
            sum = hn::MulAdd(io.load(image + (y * g.w + ox * g.stride_w + start) * g.c + c),
                             io.load(dy + (oy * g.ow + ox) * g.c + c), sum);
        }
        io.store(sum, to);
      }
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(depthwise_row);
HWY_EXPORT(depthwise_input_row);
HWY_EXPORT(depthwise_weight_image);

namespace {

constexpr std::int64_t kMostGroups = 8;  // partial sums of the weight gradient

bool applies(const ConvGeometry& g) { return g.depthwise(); }

ConvNeeds needs(const ConvGeometry& g) {
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real), .shared = 0, .worker = 0};
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const Epilogue& epilogue,
             real* y, const ConvScratch&) {
  for_rows(workers, g.n * g.oh, g.ow * g.c, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t row = first; row < first + count; ++row) HWY_DYNAMIC_DISPATCH(depthwise_row)
    (g, x + row / g.oh * g.h * g.w * g.c, row % g.oh, w, epilogue.bias, epilogue.activation, y + row * g.ow * g.c);
  });
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* w, real* dx,
                    bool accumulate, const ConvScratch&) {
  for_rows(workers, g.n * g.h, g.w * g.c, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t row = first; row < first + count; ++row) HWY_DYNAMIC_DISPATCH(depthwise_input_row)
    (g, dy + row / g.h * g.oh * g.ow * g.c, row % g.h, w, accumulate, dx + row * g.w * g.c);
  });
}

ConvNeeds weight_needs(const ConvGeometry& g) {
  return {
      .prepared = 0, .shared = static_cast<std::size_t>(kMostGroups * g.weight_count()) * sizeof(real), .worker = 0};
}

void weight_gradient(const Workers& workers, const ConvGeometry& g, const real* x, const real* dy, real* dw,
                     const ConvScratch& scratch) {
  const std::int64_t sums = std::min(kMostGroups, g.n);
  auto* partials = reinterpret_cast<real*>(scratch.shared);
  workers.run(sums, [&](std::int64_t sum, int) {
    real* partial = partials + sum * g.weight_count();
    std::fill_n(partial, g.weight_count(), real{0});
    for (std::int64_t n = g.n * sum / sums; n < g.n * (sum + 1) / sums; ++n)
      HWY_DYNAMIC_DISPATCH(depthwise_weight_image)
    (g, x + n * g.h * g.w * g.c, dy + n * g.oh * g.ow * g.c, partial);
  });
  join_partials(workers, sums, g.weight_count(), partials, dw);
}

}  // namespace

const ConvForward kDepthwiseForward{"depthwise", applies, needs, copy_weights, forward};
const ConvInputGradient kDepthwiseInput{"depthwise", applies, needs, copy_weights, input_gradient};
const ConvWeightGradient kDepthwiseWeight{"depthwise", applies, weight_needs, weight_gradient};

}  // namespace cnnctl::kernels
#endif
