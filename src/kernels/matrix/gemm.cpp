#include "kernels/matrix/gemm.hpp"

#include <cblas.h>

#include <algorithm>
#include <string>

#include "base/check.hpp"
#include "kernels/matrix/products.hpp"

// OpenBLAS starts threads as soon as it is loaded, before anybody can tell it not to; without address space for their
// buffers they never end. It asks this function of its own how many are wanted, and a program may define it in its
// place. (That there is address space for the first thread's is checked by base/limits.)
extern "C" int openblas_num_threads_env() { return 1; }

namespace cnnctl::kernels {
namespace {

/// OpenBLAS never uses threads of its own: inside ours they would fight for the cores, and its results would depend on
/// their number.
struct Libraries {
  std::string description;

  Libraries() {
    openblas_set_num_threads(1);
    CNNCTL_CHECK_EQ(openblas_get_num_threads(), 1);
    const std::string config = openblas_get_config();
    description = config.substr(0, config.find(' ', config.find(' ') + 1)) + " " + openblas_get_corename();
  }
};

const Libraries& libraries() {
  static const Libraries loaded;
  return loaded;
}

/// Beyond this many values of B the packing that OpenBLAS does pays for itself.
constexpr std::int64_t kLargestSmall = 512 * 1024;

Products products_of(const Gemm::Shape& s) {
  return {.m = s.m,
          .n = s.n,
          .k = s.k,
          .lda = s.lda,
          .ldb = s.ldb,
          .ldc = s.ldc,
          .transpose_a = s.transpose_a,
          .accumulate = s.accumulate};
}

[[maybe_unused]] void blas(const Gemm::Shape& s, const float* a, const float* b, float* c) {
  cblas_sgemm(CblasRowMajor, s.transpose_a ? CblasTrans : CblasNoTrans, CblasNoTrans, static_cast<blasint>(s.m),
              static_cast<blasint>(s.n), static_cast<blasint>(s.k), 1, a, static_cast<blasint>(s.lda), b,
              static_cast<blasint>(s.ldb), s.accumulate ? 1 : 0, c, static_cast<blasint>(s.ldc));
}

[[maybe_unused]] void blas(const Gemm::Shape& s, const double* a, const double* b, double* c) {
  cblas_dgemm(CblasRowMajor, s.transpose_a ? CblasTrans : CblasNoTrans, CblasNoTrans, static_cast<blasint>(s.m),
              static_cast<blasint>(s.n), static_cast<blasint>(s.k), 1, a, static_cast<blasint>(s.lda), b,
              static_cast<blasint>(s.ldb), s.accumulate ? 1 : 0, c, static_cast<blasint>(s.ldc));
}

}  // namespace

Gemm::Gemm(const Shape& shape) : shape_(shape) {
  if (shape.n * shape.k > kLargestSmall) libraries();
}

void Gemm::operator()(const real* a, const real* b, real* c) const {
  if (shape_.n * shape_.k <= kLargestSmall)
    multiply(products_of(shape_), a, b, c);
  else
    blas(shape_, a, b, c);
}

void BatchGemm::operator()(std::int64_t count, const real* const* a, const real* const* b, real* c) const {
  multiply_sum(products_of(shape_), count, a, b, c);
}

const char* gemm_description() { return libraries().description.c_str(); }

}  // namespace cnnctl::kernels
