// Matrix products, and the only door to OpenBLAS. Knows row-major matrices; knows no layer.
#pragma once

#include <cstdint>

#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Products are cut into multiples of so many rows: whole blocks of products.hpp, whatever the registers.
constexpr std::int64_t kRowGroup = 24;

/// One shape of product, C (m,n) = A (m,k) * B (k,n), or C += with `accumulate`; all row-major, the leading dimensions
/// are row lengths in memory. With `transpose_a` A is stored (k,m).
///
/// Small products are those of products.hpp, with its promise: no value depends on the rows around it, nor on the width
/// of the registers. The others run in OpenBLAS on the calling thread, whose order of summation is its own. The choice
/// depends on the shape alone. A call allocates nothing.
class Gemm {
 public:
  struct Shape {
    std::int64_t m, n, k;
    std::int64_t lda, ldb, ldc;
    bool transpose_a = false;
    bool accumulate = false;
  };

  explicit Gemm(const Shape& shape);

  void operator()(const real* a, const real* b, real* c) const;

 private:
  Shape shape_;
};

/// A sum of products of one shape, C (m,n) = A[0] * B[0] + A[1] * B[1] + ..., or C += that with `accumulate`: what a
/// convolution does with the taps of its kernel. Always small in the sense of Gemm; without `transpose_a`.
class BatchGemm {
 public:
  explicit BatchGemm(const Gemm::Shape& shape) : shape_(shape) {}

  /// The factors' addresses, `count` of each; C is read and written once.
  void operator()(std::int64_t count, const real* const* a, const real* const* b, real* c) const;

 private:
  Gemm::Shape shape_;
};

/// "OpenBLAS 0.3.21 SkylakeX": what multiplies here, for logs and fingerprints.
const char* gemm_description();

}  // namespace cnnctl::kernels
