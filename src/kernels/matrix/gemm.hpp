// Matrix products, and the only door to OpenBLAS and LIBXSMM. Knows row-major matrices; knows no layer.
#pragma once

#include <cstdint>

#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Rows of a product that must not depend on their neighbours come in multiples of this: the just-in-time kernels cut
/// the rows into equal groups then, so that every row is summed by the same chain of operations wherever it stands.
/// (With unequal groups LIBXSMM 1.17 hides latency by a different number of accumulators in each.)
constexpr std::int64_t kRowGroup = 24;

/// One shape of product, C (m,n) = A (m,k) * B (k,n), or C += with `accumulate`; all row-major, the leading dimensions
/// are row lengths in memory. With `transpose_a` A is stored (k,m).
///
/// Small products run as code generated for the shape (LIBXSMM), the others, and all of them where LIBXSMM is absent,
/// in OpenBLAS on the calling thread. The choice depends on the shape alone. Making a Gemm for a shape seen before
/// costs about a hundred nanoseconds; calling it allocates nothing and takes no lock.
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
  using Kernel = void (*)(const real* b, const real* a, real* c);  // LIBXSMM counts columns first
  Shape shape_;
  Kernel kernel_ = nullptr;
};

/// A sum of products of one shape, C (m,n) = A[0] * B[0] + A[1] * B[1] + ..., or C += that with `accumulate`: what a
/// convolution does with the taps of its kernel. Otherwise as Gemm.
class BatchGemm {
 public:
  explicit BatchGemm(const Gemm::Shape& shape);

  /// The factors' addresses, `count` of each; C is read and written once.
  void operator()(std::int64_t count, const real* const* a, const real* const* b, real* c) const;

 private:
  using Kernel = void (*)(const real* const* b, const real* const* a, real* c, const unsigned long long* count);
  Gemm::Shape shape_;
  Kernel kernel_ = nullptr;
};

/// "OpenBLAS 0.3.21 SkylakeX, LIBXSMM 1.17 clx": what multiplies here, for logs and fingerprints.
const char* gemm_description();

}  // namespace cnnctl::kernels
