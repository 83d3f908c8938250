// Many small matrix products of one shape, on the calling thread. Knows row-major matrices; knows no layer.
#pragma once

#include <cstdint>

#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Columns of one panel of a packed matrix.
constexpr std::int64_t kPanel = 32;

/// C[i] (m,n) = A[i] (m,k) * B[i] (k,n) for i in [0, count), or C[i] += that with `accumulate`. All row-major; ld* are
/// row lengths in memory, *_step the distances from one matrix to the next. With `transpose_a` A[i] is stored (k,m).
///
/// Every value is one chain of multiply-adds over k in order, so it depends neither on the rows around it nor on the
/// width of the registers.
struct Products {
  std::int64_t count = 1;
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t lda = 0, ldb = 0, ldc = 0;
  std::int64_t a_step = 0, b_step = 0, c_step = 0;
  bool transpose_a = false;
  bool accumulate = false;
  /// B[i] stands in panels of kPanel columns (the last may be narrower), each (k, its width): what is read together is
  /// together, and a panel stays in the first-level cache. Without meaning for ldb.
  bool packed_b = false;
};

void multiply(const Products& p, const real* a, const real* b, real* c);

/// C (m,n) = A[0] * B[0] + A[1] * B[1] + ... for `terms` factors, or C += that; of `p` count, transpose_a and the steps
/// mean nothing. C is read and written once: every value is one chain over all terms.
void multiply_sum(const Products& p, std::int64_t terms, const real* const* a, const real* const* b, real* c);

/// panels = b (rows, columns) with row length ldb, as `packed_b` has it.
void pack_panels(std::int64_t rows, std::int64_t columns, const real* b, std::int64_t ldb, real* panels);

}  // namespace cnnctl::kernels
