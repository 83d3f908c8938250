// Convolution of images: geometry, and the algorithms that compute it, one file each. Knows NHWC images; knows no
// layer.
//
// Every algorithm is a table of functions. Which one runs is decided by the geometry alone (choose_*), so it is the
// same for every machine load and thread count; `bench --layers` prints it. An algorithm first turns the weights into
// the form that it multiplies with (prepare), once for each change of the weights.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/workers.hpp"
#include "kernels/activation.hpp"
#include "tensor/shape.hpp"

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

/// What happens to a result before it is stored: y = act(value + bias), or y += value with `accumulate` (then without
/// bias and activation).
struct Epilogue {
  const real* bias = nullptr;  // (K) or null
  Activation activation;
  bool accumulate = false;
};

/// Memory of a call.
struct ConvScratch {
  std::byte* shared = nullptr;
  std::byte* worker = nullptr;  // worker i's part begins at i * worker_bytes
  std::size_t worker_bytes = 0;

  real* of(int i) const { return reinterpret_cast<real*>(worker + static_cast<std::size_t>(i) * worker_bytes); }
};
struct ConvNeeds {
  std::size_t prepared = 0, shared = 0, worker = 0;  // bytes
};

/// y = conv(x, w).
struct ConvForward {
  std::string_view name;
  bool (*applies)(const ConvGeometry& g);
  ConvNeeds (*needs)(const ConvGeometry& g);
  void (*prepare)(const Workers& workers, const ConvGeometry& g, const real* w, real* prepared);
  void (*run)(const Workers& workers, const ConvGeometry& g, const real* x, const real* prepared,
              const Epilogue& epilogue, real* y, const ConvScratch& scratch);
};

/// dx = d(loss)/dx from dy, or dx += with `accumulate`. Geometry as for forward.
struct ConvInputGradient {
  std::string_view name;
  bool (*applies)(const ConvGeometry& g);
  ConvNeeds (*needs)(const ConvGeometry& g);
  void (*prepare)(const Workers& workers, const ConvGeometry& g, const real* w, real* prepared);
  void (*run)(const Workers& workers, const ConvGeometry& g, const real* dy, const real* prepared, real* dx,
              bool accumulate, const ConvScratch& scratch);
};

/// dw = d(loss)/dw from x and dy, in the layout of the weights.
///
/// The images are added up in a few sums, by several workers side by side; then the sums are joined in order. Which
/// images make a sum is the caller's choice. Filter banks so large that a sum for each worker would not fit the cache
/// have `run` in place of all that.
struct ConvWeightGradient {
  std::string_view name;
  bool (*applies)(const ConvGeometry& g);
  ConvNeeds (*needs)(const ConvGeometry& g);  // of `add` (`worker` alone), or of `run`

  std::int64_t (*sum_values)(const ConvGeometry& g);  // of one sum, zero in the beginning
  /// sum += the share of the images of g, on the calling thread; `scratch` is needs().worker.
  void (*add)(const ConvGeometry& g, const real* x, const real* dy, real* sum, real* scratch);
  /// dw = what `sums` sums give, which stand one behind the other in `all` (destroyed).
  void (*join)(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw);

  void (*run)(const Workers& workers, const ConvGeometry& g, const real* x, const real* dy, real* dw,
              const ConvScratch& scratch) = nullptr;
};

extern const ConvForward kDepthwiseForward, kDotsForward, kPointwiseForward, kMirroredForward, kDirectForward,
    kWinogradForward, kWinogradSlicesForward, kWinograd4Forward, kWinograd5Forward, kWinograd4SlicesForward,
    kWinograd5SlicesForward, kGroupsForward, kRowsForward;
extern const ConvInputGradient kDepthwiseInput, kPointwiseInput, kCol2imInput, kWinogradInput, kWinogradSlicesInput,
    kWinograd4Input, kWinograd5Input, kWinograd4SlicesInput, kWinograd5SlicesInput, kGroupsInput, kRowsInput;
extern const ConvWeightGradient kDepthwiseWeight, kPointwiseWeight, kMirroredWeight, kWinogradWeight,
    kWinogradPlanesWeight, kWinograd4Weight, kWinograd5Weight, kWinograd4PlanesWeight, kWinograd5PlanesWeight,
    kDirectWeight, kGroupsWeight, kGatherWeight, kRowsWeight;

/// All algorithms of each pass, in order of preference.
std::span<const ConvForward* const> conv_forwards();
std::span<const ConvInputGradient* const> conv_input_gradients();
std::span<const ConvWeightGradient* const> conv_weight_gradients();

/// The algorithm for a geometry, the first that takes it; `winograd` false forbids the fast algorithm with the larger
/// rounding error.
const ConvForward& choose_forward(const ConvGeometry& g, bool winograd);
const ConvInputGradient& choose_input_gradient(const ConvGeometry& g, bool winograd);
const ConvWeightGradient& choose_weight_gradient(const ConvGeometry& g, bool winograd);

/// Copies the weights as they are: the `prepare` of algorithms that multiply with them directly.
void copy_weights(const Workers& workers, const ConvGeometry& g, const real* w, real* prepared);

/// Rows of y, (rows, channels) with distance ldy, get bias and activation, on the calling thread.
void apply_epilogue(const Epilogue& epilogue, std::int64_t rows, std::int64_t channels, real* y, std::int64_t ldy);

/// The `sum_values` and `join` of algorithms whose sums have the layout of the weights.
std::int64_t weight_values(const ConvGeometry& g);
void join_weights(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw);

/// total (count) = sums[0] + sums[1] + ... in this order, each (count) values. total may be sums[0].
void join_sums(const Workers& workers, std::int64_t sums, std::int64_t count, const real* all, real* total);

}  // namespace cnnctl::kernels
