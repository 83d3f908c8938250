#include "kernels/pointwise/elementwise.hpp"

#include <cmath>
#include <limits>

#include "kernels/everywhere.hpp"
#include "kernels/matrix/column_sums.hpp"
#include "kernels/matrix/transpose.hpp"
#include "kernels/simd/row_blocks.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("kernels") {
  TEST_CASE("sum adds any number of arrays in order, also over one of them") {
    for (const std::int64_t count : {1, 17, 40000}) {
      const Numbers a = random_numbers(count, 1), b = random_numbers(count, 2), c = random_numbers(count, 3);
      Numbers want(a.size());
      for (std::size_t i = 0; i < a.size(); ++i) want[i] = (a[i] + b[i]) + c[i];
      everywhere(
          [&](const Workers& workers) {
            Numbers y = c;
            const ConstView terms[] = {{a.data(), 1, {count}}, {b.data(), 1, {count}}, {y.data(), 1, {count}}};
            kernels::sum(workers, count, terms, y.data());
            return y;
          },
          [&](const Numbers& y) { CHECK(same_bits(y, want)); });
    }
  }

  TEST_CASE("clamped values stay within the bound; NaN stays NaN") {
    Numbers x = random_numbers(40003, 1, -3, 3);
    x[7] = std::numeric_limits<real>::quiet_NaN();
    x[11] = -std::numeric_limits<real>::infinity();
    everywhere(
        [&](const Workers& workers) {
          Numbers y = x;
          kernels::clamp(workers, static_cast<std::int64_t>(y.size()), real{1.5}, y.data());
          return y;
        },
        [&](const Numbers& y) {
          CHECK(std::isnan(y[7]));
          CHECK(y[11] == -1.5);
          for (std::size_t i = 12; i < y.size(); ++i) CHECK(y[i] == std::clamp(x[i], real{-1.5}, real{1.5}));
        });
  }

  TEST_CASE("copies write or add") {
    const std::int64_t rows = 3001, columns = 7, x_stride = 9, y_stride = 12;
    const Numbers x = random_numbers(rows * x_stride, 1), before = random_numbers(rows * y_stride, 2);
    for (const bool accumulate : {false, true}) {
      Numbers want = before;
      for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t c = 0; c < columns; ++c) {
          real& to = want[static_cast<std::size_t>(r * y_stride + c)];
          to = x[static_cast<std::size_t>(r * x_stride + c)] + (accumulate ? to : 0);
        }
      }
      everywhere(
          [&](const Workers& workers) {
            Numbers y = before;
            kernels::copy_columns(workers, rows, columns, x.data(), x_stride, y.data(), y_stride, accumulate);
            return y;
          },
          [&](const Numbers& y) { CHECK(same_bits(y, want)); });
    }
    Numbers y = before;
    kernels::copy(Workers(2), rows * x_stride, x.data(), y.data(), true);
    CHECK(y[20000] == before[20000] + x[20000]);
    kernels::copy(Workers(2), rows * x_stride, x.data(), y.data(), false);
    CHECK(y[20000] == x[20000]);
    CHECK(y[static_cast<std::size_t>(rows * x_stride)] == before[static_cast<std::size_t>(rows * x_stride)]);
  }

  TEST_CASE("column sums are exact to rounding, and the same for any number of workers") {
    for (const std::int64_t columns : {1, 3, 16, 17, 33, 700}) {
      for (const std::int64_t rows : {1, 5, 257, 6000}) {
        CAPTURE(columns);
        CAPTURE(rows);
        const Numbers x = random_numbers(rows * columns, 4, 0, 1);
        std::vector<double> want(static_cast<std::size_t>(columns));
        for (std::size_t i = 0; i < x.size(); ++i) want[i % want.size()] += x[i];
        everywhere(
            [&](const Workers& workers) {
              std::vector<std::byte> scratch(kernels::column_sums_scratch(rows, columns));
              Numbers sums(want.size());
              kernels::column_sums(workers, rows, columns, x.data(), sums.data(), scratch.data());
              return sums;
            },
            [&](const Numbers& sums) { check_close(sums, want, 10 * kEpsilon); });
      }
    }
  }

  TEST_CASE("scratch for many rows is enough for fewer, though they may be cut into more blocks") {
    for (const std::int64_t columns : {1, 3, 8, 63, 1000, 20000}) {
      const std::int64_t most = 300 * kernels::rows_per_task(columns);
      for (std::int64_t rows = most; rows > 0; rows -= 1 + rows / 97) {
        const kernels::RowBlocks blocks(rows, columns);
        const auto needed = static_cast<std::size_t>(blocks.partials() * columns) * sizeof(real);
        REQUIRE(kernels::column_sums_scratch(rows, columns) >= needed);
        REQUIRE(kernels::column_sums_scratch(most, columns) >= kernels::column_sums_scratch(rows, columns));
      }
    }
  }

  TEST_CASE("transpose turns every matrix of the batch") {
    for (const auto& [n, rows, columns] :
         {std::array<std::int64_t, 3>{1, 1, 1}, {2, 1, 7}, {3, 49, 33}, {40, 25, 16}}) {
      const Numbers x = random_numbers(n * rows * columns, 5);
      for (const bool accumulate : {false, true}) {
        Numbers want(x.size(), accumulate ? 1 : 0);
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; c < columns; ++c)
              want[static_cast<std::size_t>((i * columns + c) * rows + r)] +=
                  x[static_cast<std::size_t>((i * rows + r) * columns + c)];
        everywhere(
            [&, n = n, rows = rows, columns = columns](const Workers& workers) {
              Numbers y(x.size(), 1);
              kernels::transpose(workers, n, rows, columns, x.data(), y.data(), accumulate);
              return y;
            },
            [&](const Numbers& y) { CHECK(y == want); });
      }
    }
  }
}

}  // namespace
}  // namespace cnnctl::testing
