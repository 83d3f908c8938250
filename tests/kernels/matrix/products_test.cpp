#include "kernels/matrix/products.hpp"

#include "kernels/everywhere.hpp"

namespace cnnctl::kernels {
namespace {

using testing::Numbers;
using testing::random_numbers;

/// Three products with room between the rows and between the matrices.
Products shape(std::int64_t m, std::int64_t n, std::int64_t k, bool transpose_a, bool accumulate) {
  const std::int64_t lda = (transpose_a ? m : k) + 1, ldb = n + 2, ldc = n + 3;
  return {.count = 3,
          .m = m,
          .n = n,
          .k = k,
          .lda = lda,
          .ldb = ldb,
          .ldc = ldc,
          .a_step = lda * (transpose_a ? k : m) + 5,
          .b_step = ldb * k + 6,
          .c_step = ldc * m + 7,
          .transpose_a = transpose_a,
          .accumulate = accumulate};
}

/// The same with B in panels.
Products packed(Products p) {
  p.packed_b = true;
  p.ldb = 0;
  p.b_step = p.k * p.n + 6;
  return p;
}

/// Where B (k, column) stands.
std::int64_t b_at(const Products& p, std::int64_t k, std::int64_t column) {
  if (!p.packed_b) return k * p.ldb + column;
  const std::int64_t first = column / kPanel * kPanel;
  return first * p.k + k * std::min(kPanel, p.n - first) + column - first;
}

void check_shape(const Products& p) {
  const Numbers a = random_numbers(p.count * p.a_step, 1), b = random_numbers(p.count * p.b_step, 2);
  const Numbers before = random_numbers(p.count * p.c_step, 3);
  std::vector<double> want(before.begin(), before.end());
  for (std::int64_t i = 0; i < p.count; ++i)
    for (std::int64_t row = 0; row < p.m; ++row)
      for (std::int64_t column = 0; column < p.n; ++column) {
        double& sum = want[static_cast<std::size_t>(i * p.c_step + row * p.ldc + column)];
        if (!p.accumulate) sum = 0;
        for (std::int64_t k = 0; k < p.k; ++k)
          sum +=
              double{a[static_cast<std::size_t>(i * p.a_step + (p.transpose_a ? k * p.lda + row : row * p.lda + k))]} *
              double{b[static_cast<std::size_t>(i * p.b_step + b_at(p, k, column))]};
      }
  testing::everywhere(
      [&](const Workers&) {
        Numbers c = before;
        multiply(p, a.data(), b.data(), c.data());
        return c;
      },
      [&](const Numbers& c) { testing::check_close(c, want, 100 * testing::kEpsilon); });
}

}  // namespace

TEST_SUITE("kernels") {
  TEST_CASE("products: every number of rows, whole and broken registers of columns") {
    for (std::int64_t m = 1; m <= 14; ++m)
      for (const std::int64_t n : {1, 7, 8, 16, 17, 32, 45})
        for (const bool transpose_a : {false, true}) {
          CAPTURE(m);
          CAPTURE(n);
          CAPTURE(transpose_a);
          check_shape(shape(m, n, 5, transpose_a, m % 2 == 0));
        }
    for (const std::int64_t n : {5, 32, 64, 70}) check_shape(packed(shape(13, n, 6, false, false)));
    check_shape(shape(30, 33, 0, false, false));
  }
}

}  // namespace cnnctl::kernels
