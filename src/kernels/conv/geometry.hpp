// The sizes of a convolution, and what follows from them alone. Knows numbers; knows no algorithm.
#pragma once

#include <algorithm>
#include <cstdint>

namespace cnnctl::kernels {

/// Sizes of one convolution. x is (N,H,W,C), y is (N,OH,OW,K). Weights are (groups, KH, KW, C/groups, K/groups),
/// except for depthwise ones (groups = C = K): (KH, KW, C).
struct ConvGeometry {
  std::int64_t n = 1;
  std::int64_t h = 1, w = 1, c = 1;
  std::int64_t oh = 1, ow = 1, k = 1;
  std::int64_t kh = 1, kw = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t pad_top = 0, pad_left = 0;  // padding below and to the right follows from oh and ow
  std::int64_t dilation_h = 1, dilation_w = 1;
  std::int64_t groups = 1;

  std::int64_t group_c() const { return c / groups; }
  std::int64_t group_k() const { return k / groups; }
  bool depthwise() const { return groups == c && groups == k && groups > 1; }
  std::int64_t taps() const { return kh * kw; }
  std::int64_t out_pixels() const { return n * oh * ow; }
  std::int64_t weight_count() const { return taps() * group_c() * k; }
  std::int64_t macs() const { return out_pixels() * taps() * group_c() * k; }
  bool unit_stride() const { return stride_h == 1 && stride_w == 1; }
  bool undilated() const { return dilation_h == 1 && dilation_w == 1; }
};

/// The convolution that is the input gradient of one without stride: of dy, with the weights turned by 180 degrees and
/// C and K exchanged.
ConvGeometry mirrored(const ConvGeometry& g);

/// The indices [begin, end) within [0, count) for which start + i * step lies in [0, size): the taps of a window that
/// meet the image, or the results that find a tap in it. Where there are none, begin is end.
struct Inside {
  std::int64_t begin, end;

  Inside(std::int64_t start, std::int64_t step, std::int64_t count, std::int64_t size)
      : begin(start >= 0 ? 0 : std::min(count, (-start + step - 1) / step)),
        end(start >= size ? begin : std::max(begin, std::min(count, (size - 1 - start) / step + 1))) {}
};

}  // namespace cnnctl::kernels
