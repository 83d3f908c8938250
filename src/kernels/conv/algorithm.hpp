// What an algorithm for convolutions is: a table of functions for each pass. Knows NHWC images; knows no layer.
//
// An algorithm first turns the weights into the form that it multiplies with (prepare), once for each change of the
// weights. choice.hpp decides which one runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/workers.hpp"
#include "kernels/conv/geometry.hpp"
#include "kernels/pointwise/epilogue.hpp"

namespace cnnctl::kernels {

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
  bool winograd = false;  // larger rounding error: runtime.winograd may forbid it
};

/// dx = d(loss)/dx from dy, or dx += with `accumulate`. Geometry as for forward.
struct ConvInputGradient {
  std::string_view name;
  bool (*applies)(const ConvGeometry& g);
  ConvNeeds (*needs)(const ConvGeometry& g);
  void (*prepare)(const Workers& workers, const ConvGeometry& g, const real* w, real* prepared);
  void (*run)(const Workers& workers, const ConvGeometry& g, const real* dy, const real* prepared, real* dx,
              bool accumulate, const ConvScratch& scratch);
  bool winograd = false;
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
  bool winograd = false;
};

/// Copies the weights as they are: the `prepare` of algorithms that multiply with them directly.
void copy_weights(const Workers& workers, const ConvGeometry& g, const real* w, real* prepared);

/// The `sum_values` and `join` of algorithms whose sums have the layout of the weights.
std::int64_t weight_values(const ConvGeometry& g);
void join_weights(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw);

}  // namespace cnnctl::kernels
