// Depthwise convolution: each channel has its own small filter. Direct, vectorised over channels; weights are
// (KH, KW, C). The multiply-adds are few, so the passes over memory decide.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/direct/depthwise.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pointwise/activation_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// One row of y: image points to (H,W,C), y to (OW,C).
void depthwise_row(const ConvGeometry& g, const real* image, std::int64_t oy, const real* w, const Epilogue& epilogue,
                   real* y) {
  const real* bias = epilogue.bias;
  const bool accumulate = epilogue.accumulate;
  const std::int64_t top = oy * g.stride_h - g.pad_top;
  const Inside rows(top, g.dilation_h, g.kh, g.h);
  with_short_activation(epilogue.activation, [=](auto op) HWY_ATTR {
    for_lanes(g.c, [=](std::int64_t c, auto io) HWY_ATTR {
      const Vector shift = bias != nullptr ? io.load(bias + c) : hn::Zero(Reals());
      for (std::int64_t ox = 0; ox < g.ow; ++ox) {
        const std::int64_t left = ox * g.stride_w - g.pad_left;
        const Inside columns(left, g.dilation_w, g.kw, g.w);
        Vector sum = accumulate ? io.load(y + ox * g.c + c) : shift;
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

/// One row of y for 3x3 filters without dilation, of which rows [kFirst, kLast) are inside of the image: the weights
/// stay in registers. The order of the sum is that of depthwise_row.
template <int kFirst, int kLast>
void row_3x3(const ConvGeometry& g, const real* image, std::int64_t top, const real* w, bool accumulate, real* y) {
  const std::int64_t row = g.w * g.c, step = g.stride_w * g.c;
  const std::int64_t inner = pieces(g.pad_left, g.stride_w);  // the first result whose window is inside
  const std::int64_t outer = std::clamp<std::int64_t>((g.w - 3 + g.pad_left) / g.stride_w + 1, inner, g.ow);
  for_lanes(g.c, [=](std::int64_t c, auto io) HWY_ATTR {
    Vector weight[9];
    for (int tap = 3 * kFirst; tap < 3 * kLast; ++tap) weight[tap] = io.load(w + tap * g.c + c);
    const real* from = image + top * row - g.pad_left * g.c + c;
    const auto result = [=](std::int64_t ox, std::int64_t begin, std::int64_t end) HWY_ATTR {
      Vector sum = accumulate ? io.load(y + ox * g.c + c) : hn::Zero(Reals());
      const real* at = from + ox * step;
      for (int i = kFirst; i < kLast; ++i)
        for (int j = 0; j < 3; ++j)
          if (j >= begin && j < end) sum = hn::MulAdd(io.load(at + i * row + j * g.c), weight[3 * i + j], sum);
      io.store(sum, y + ox * g.c + c);
    };
    const auto edge = [=](std::int64_t ox) HWY_ATTR {
      const Inside inside(ox * g.stride_w - g.pad_left, 1, 3, g.w);
      result(ox, inside.begin, inside.end);
    };
    for (std::int64_t ox = 0; ox < std::min(inner, g.ow); ++ox) edge(ox);
    for (std::int64_t ox = inner; ox < outer; ++ox) result(ox, 0, 3);
    for (std::int64_t ox = outer; ox < g.ow; ++ox) edge(ox);
  });
}

/// depthwise_row without bias and activation, for what row_3x3 takes; false: it does not.
bool depthwise_row_3x3(const ConvGeometry& g, const real* image, std::int64_t oy, const real* w, bool accumulate,
                       real* y) {
  const std::int64_t top = oy * g.stride_h - g.pad_top;
  const Inside rows(top, 1, 3, g.h);
  if (g.kh != 3 || g.kw != 3 || !g.undilated() || g.w < 3) return false;
  if (rows.begin == 0 && rows.end == 3)
    row_3x3<0, 3>(g, image, top, w, accumulate, y);
  else if (rows.begin == 1 && rows.end == 3)
    row_3x3<1, 3>(g, image, top, w, accumulate, y);
  else if (rows.begin == 0 && rows.end == 2)
    row_3x3<0, 2>(g, image, top, w, accumulate, y);
  else
    return false;
  return true;
}

/// dx (W,C) += what row oy of dy, (OW,C), sends back through row i of the taps.
void depthwise_input_taps(const ConvGeometry& g, const real* dy, const real* w, std::int64_t i, real* dx) {
  for_lanes(g.c, [=](std::int64_t c, auto io) HWY_ATTR {
    for (std::int64_t j = 0; j < g.kw; ++j) {
      const Vector weight = io.load(w + (i * g.kw + j) * g.c + c);
      const std::int64_t start = j * g.dilation_w - g.pad_left;  // x = ox * stride + start
      const Inside inside(start, g.stride_w, g.ow, g.w);
      real* to = dx + start * g.c + c;
      for (std::int64_t ox = inside.begin; ox < inside.end; ++ox) {
        real* at = to + ox * g.stride_w * g.c;
        io.store(hn::MulAdd(weight, io.load(dy + ox * g.c + c), io.load(at)), at);
      }
    }
  });
}

/// The same for 3x3 filters with a stride of two columns and no dilation, of all rows of dy that reach the row: `rows`
/// of them, one or two, dy[i] through row taps[i]. dx = or += with `accumulate`. Every value is stored once.
template <int rows>
void input_row_3x3_by_2(const ConvGeometry& g, const real* const* dy, const real* const* taps, bool accumulate,
                        real* dx) {
  for_lanes(g.c, [=](std::int64_t c, auto io) HWY_ATTR {
    Vector weight[rows][3], before[rows];  // `before`: the pixel of dy to the left
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < 3; ++j) weight[i][j] = io.load(taps[i] + j * g.c + c);
      before[i] = hn::Zero(Reals());
    }
    const auto put = [=](std::int64_t x, Vector value) HWY_ATTR {
      if (x < 0 || x >= g.w) return;
      real* to = dx + x * g.c + c;
      io.store(accumulate ? hn::Add(io.load(to), value) : value, to);
    };
    // Column 2 * ox - pad meets the first tap of ox and the last one of its neighbour, the next column the one between.
    const std::int64_t end = (g.w + g.pad_left + 1) / 2;
    for (std::int64_t ox = 0; ox < end; ++ox) {
      Vector first = hn::Zero(Reals()), second = first;
      for (int i = 0; i < rows; ++i) {
        const Vector here = ox < g.ow ? io.load(dy[i] + ox * g.c + c) : hn::Zero(Reals());
        first = hn::MulAdd(here, weight[i][0], first);
        first = hn::MulAdd(before[i], weight[i][2], first);
        second = hn::MulAdd(here, weight[i][1], second);
        before[i] = here;
      }
      put(2 * ox - g.pad_left, first);
      put(2 * ox - g.pad_left + 1, second);
    }
  });
}

/// input_row_3x3_by_2 for row y of dx, and row 0 of the image's dy; false: it does not take the shape.
bool depthwise_input_row_3x3_by_2(const ConvGeometry& g, const real* image_dy, const real* w, std::int64_t y,
                                  bool accumulate, real* dx) {
  if (g.kh != 3 || g.kw != 3 || g.stride_h != 2 || g.stride_w != 2 || !g.undilated()) return false;
  const real *dy[2], *taps[2];
  int rows = 0;
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::int64_t start = y + g.pad_top - i;
    if (start < 0 || start % 2 != 0 || start / 2 >= g.oh) continue;
    dy[rows] = image_dy + start / 2 * g.ow * g.c;
    taps[rows++] = w + i * 3 * g.c;
  }
  if (rows == 2) input_row_3x3_by_2<2>(g, dy, taps, accumulate, dx);
  if (rows == 1) input_row_3x3_by_2<1>(g, dy, taps, accumulate, dx);
  if (rows == 0 && !accumulate) std::fill_n(dx, g.w * g.c, real{0});
  return true;
}

/// dw (KH,KW,C) += the share of one image, tap by tap.
void depthwise_weight_image(const ConvGeometry& g, const real* image, const real* dy, real* dw) {
  for_lanes(g.c, [=](std::int64_t c, auto io) HWY_ATTR {
    for (std::int64_t i = 0; i < g.kh; ++i)
      for (std::int64_t j = 0; j < g.kw; ++j) {
        real* to = dw + (i * g.kw + j) * g.c + c;
        const std::int64_t start = j * g.dilation_w - g.pad_left;
        const Inside inside(start, g.stride_w, g.ow, g.w);
        Vector sum = io.load(to);
        for (std::int64_t oy = 0; oy < g.oh; ++oy) {
          const std::int64_t y = oy * g.stride_h - g.pad_top + i * g.dilation_h;
          if (y < 0 || y >= g.h) continue;
          for (std::int64_t ox = inside.begin; ox < inside.end; ++ox)
            sum = hn::MulAdd(io.load(image + (y * g.w + ox * g.stride_w + start) * g.c + c),
                             io.load(dy + (oy * g.ow + ox) * g.c + c), sum);
        }
        io.store(sum, to);
      }
  });
}

/// The same for 3x3 without dilation, all nine sums at once: nine chains of additions hide each other's latency, and dy
/// is read once.
void depthwise_weight_image_3x3(const ConvGeometry& g, const real* image, const real* dy, real* dw) {
  for_lanes(g.c, [=](std::int64_t c, auto io) HWY_ATTR {
    Vector sum[9];
    for (int tap = 0; tap < 9; ++tap) sum[tap] = io.load(dw + tap * g.c + c);
    for (std::int64_t oy = 0; oy < g.oh; ++oy)
      for (std::int64_t ox = 0; ox < g.ow; ++ox) {
        const std::int64_t top = oy * g.stride_h - g.pad_top, left = ox * g.stride_w - g.pad_left;
        const Vector gradient = io.load(dy + (oy * g.ow + ox) * g.c + c);
        const real* corner = image + (top * g.w + left) * g.c + c;
        if (top >= 0 && left >= 0 && top + 3 <= g.h && left + 3 <= g.w) {
          for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
              sum[i * 3 + j] = hn::MulAdd(io.load(corner + (i * g.w + j) * g.c), gradient, sum[i * 3 + j]);
          continue;
        }
        for (int i = 0; i < 3; ++i)
          for (int j = 0; j < 3; ++j)
            if (top + i >= 0 && top + i < g.h && left + j >= 0 && left + j < g.w)
              sum[i * 3 + j] = hn::MulAdd(io.load(corner + (i * g.w + j) * g.c), gradient, sum[i * 3 + j]);
      }
    for (int tap = 0; tap < 9; ++tap) io.store(sum[tap], dw + tap * g.c + c);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(depthwise_row);
HWY_EXPORT(depthwise_row_3x3);
HWY_EXPORT(depthwise_input_taps);
HWY_EXPORT(depthwise_input_row_3x3_by_2);
HWY_EXPORT(depthwise_weight_image);
HWY_EXPORT(depthwise_weight_image_3x3);

namespace {

bool applies(const ConvGeometry& g) { return g.depthwise(); }

ConvNeeds needs(const ConvGeometry& g) {
  return {.prepared = static_cast<std::size_t>(g.weight_count()) * sizeof(real), .shared = 0, .worker = 0};
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const Epilogue& epilogue,
             real* y, const ConvScratch&) {
  for_rows(workers, g.n * g.oh, g.ow * g.c, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t row = first; row < first + count; ++row) {
      const real* image = x + row / g.oh * g.h * g.w * g.c;
      real* to = y + row * g.ow * g.c;
      if (HWY_DYNAMIC_DISPATCH(depthwise_row_3x3)(g, image, row % g.oh, w, epilogue.accumulate, to))
        apply_epilogue(epilogue, g.ow, g.c, to, g.c);
      else
        HWY_DYNAMIC_DISPATCH(depthwise_row)(g, image, row % g.oh, w, epilogue, to);
    }
  });
}

/// Without stride the input gradient is a forward pass over dy with the taps turned around.
void prepare_input(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  for (std::int64_t tap = 0; tap < g.taps(); ++tap)
    std::copy_n(w + (g.unit_stride() ? g.taps() - 1 - tap : tap) * g.c, g.c, prepared + tap * g.c);
}

void input_gradient(const Workers& workers, const ConvGeometry& g, const real* dy, const real* w, real* dx,
                    bool accumulate, const ConvScratch& scratch) {
  if (g.unit_stride()) return forward(workers, mirrored(g), dy, w, {nullptr, {}, accumulate}, dx, scratch);
  // Row by row of dx: the taps of column i reach row iy from the rows oy with oy * stride + i * dilation = iy + pad.
  for_rows(workers, g.n * g.h, g.w * g.c, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t row = first; row < first + count; ++row) {
      real* to = dx + row * g.w * g.c;
      const real* image = dy + row / g.h * g.oh * g.ow * g.c;
      if (HWY_DYNAMIC_DISPATCH(depthwise_input_row_3x3_by_2)(g, image, w, row % g.h, accumulate, to)) continue;
      if (!accumulate) std::fill_n(to, g.w * g.c, real{0});
      for (std::int64_t i = 0; i < g.kh; ++i) {
        const std::int64_t y = row % g.h + g.pad_top - i * g.dilation_h;
        if (y < 0 || y % g.stride_h != 0 || y / g.stride_h >= g.oh) continue;
        HWY_DYNAMIC_DISPATCH(depthwise_input_taps)(g, image + y / g.stride_h * g.ow * g.c, w, i, to);
      }
    }
  });
}

ConvNeeds weight_needs(const ConvGeometry&) { return {}; }

void add(const ConvGeometry& g, const real* x, const real* dy, real* sum, real*) {
  for (std::int64_t n = 0; n < g.n; ++n) {
    const real* image = x + n * g.h * g.w * g.c;
    const real* gradient = dy + n * g.oh * g.ow * g.c;
    if (g.kh == 3 && g.kw == 3 && g.undilated())
      HWY_DYNAMIC_DISPATCH(depthwise_weight_image_3x3)(g, image, gradient, sum);
    else
      HWY_DYNAMIC_DISPATCH(depthwise_weight_image)(g, image, gradient, sum);
  }
}

}  // namespace

const ConvForward kDepthwiseForward{"depthwise", applies, needs, copy_weights, forward};
const ConvInputGradient kDepthwiseInput{"depthwise", applies, needs, prepare_input, input_gradient};
const ConvWeightGradient kDepthwiseWeight{"depthwise", applies, weight_needs, weight_values, add, join_weights};

}  // namespace cnnctl::kernels
#endif
