// Coefficients of batch norm, repeated over wide rows. Shared by the two directions.
#pragma once

#include "kernels/norm/batch_norm.hpp"
#include "kernels/simd/row_blocks.hpp"

namespace cnnctl::kernels {

/// `array` from value `at` on; null stays null.
template <class T>
T* from(T* array, std::int64_t at) {
  return array == nullptr ? nullptr : array + at;
}

/// Up to N arrays of a value for each channel, repeated along a wide row; the channels' own arrays where rows are not
/// folded.
template <int N>
class WideArrays {
 public:
  explicit WideArrays(const WideRows& rows) : rows_(rows) {}

  const real* operator()(const real* of_channel) {
    if (rows_.fold == 1) return of_channel;
    real* to = memory_ + rows_.width * used_++;
    rows_.repeat(of_channel, to);
    return to;
  }
  BatchNormAffine operator()(const BatchNormAffine& a) { return {(*this)(a.mean), (*this)(a.scale), (*this)(a.bias)}; }

 private:
  const WideRows& rows_;
  int used_ = 0;
  real memory_[N * WideRows::kMostWidth];
};

}  // namespace cnnctl::kernels
