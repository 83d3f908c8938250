#include "kernels/matrix/panel_product.hpp"

#include <algorithm>

#include "kernels/matrix/products.hpp"
#include "kernels/matrix/transpose.hpp"
#include "kernels/simd/cut.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kRows = 240, kLeastRows = 12;  // of one task: a panel is read once for so many
constexpr std::int64_t kRowValues = 256 * 1024;       // of x, at most, in one task: they stay in the cache
constexpr std::int64_t kDepth = 512;                  // rows of a panel that stay in the cache while rows of x go by
constexpr std::int64_t kTaskMacs = 256 * 1024;        // multiply-adds of one task, at least

/// Calls body(panel's column, width, row, rows) for parts of every panel of a matrix (depth, columns).
template <class Body>
void for_panel_parts(const Workers& workers, std::int64_t depth, std::int64_t columns, const Body& body) {
  const std::int64_t step = rows_per_task(kPanel), parts = pieces(depth, step);
  workers.run(pieces(columns, kPanel) * parts, [&](std::int64_t task, int) {
    const std::int64_t column = task / parts * kPanel, row = task % parts * step;
    body(column, std::min(kPanel, columns - column), row, std::min(step, depth - row));
  });
}

/// How a product is cut into tasks: by rows, and by groups of panels.
struct Cut {
  std::int64_t rows, parts, columns, groups;

  explicit Cut(const PanelProduct& p) {
    const std::int64_t most = std::clamp(kRowValues / p.depth, kLeastRows, kRows);
    rows = pieces(pieces(p.rows, pieces(p.rows, most)), kLeastRows) * kLeastRows;
    parts = pieces(p.rows, rows);
    columns = pieces(kTaskMacs, rows * kPanel * p.depth) * kPanel;
    groups = pieces(p.columns, columns);
  }
};

/// Asks memory for a part of a matrix that will be read soon.
void fetch(std::int64_t rows, std::int64_t columns, const real* b, std::int64_t ldb) {
  constexpr std::int64_t kLine = kAlignment / sizeof(real);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; column += kLine) __builtin_prefetch(b + row * ldb + column, 0, 2);
}

}  // namespace

void pack_bank(const Workers& workers, std::int64_t depth, std::int64_t columns, const real* b, real* panels) {
  for_panel_parts(
      workers, depth, columns, [&](std::int64_t column, std::int64_t width, std::int64_t row, std::int64_t rows) {
        pack_panels(rows, width, b + row * columns + column, columns, panels + column * depth + row * width);
      });
}

void pack_transposed_bank(const Workers& workers, std::int64_t depth, std::int64_t columns, const real* b,
                          real* panels) {
  for_panel_parts(
      workers, depth, columns, [&](std::int64_t column, std::int64_t width, std::int64_t row, std::int64_t rows) {
        transpose(width, rows, b + column * depth + row, depth, panels + column * depth + row * width, width);
      });
}

void multiply_rows(const Workers& workers, const PanelProduct& p, const real* x, const real* panels,
                   const Epilogue& epilogue, real* y) {
  const Cut cut(p);
  workers.run(cut.parts * cut.groups, [&](std::int64_t task, int) {
    const std::int64_t row = task / cut.groups * cut.rows, rows = std::min(cut.rows, p.rows - row);
    const std::int64_t column = task % cut.groups * cut.columns, columns = std::min(cut.columns, p.columns - column);
    real* to = y + row * p.columns + column;
    for (std::int64_t k = 0; k < p.depth; k += kDepth)
      for (std::int64_t at = 0; at < columns; at += kPanel) {
        const std::int64_t width = std::min(kPanel, columns - at);
        multiply({.m = rows,
                  .n = width,
                  .k = std::min(kDepth, p.depth - k),
                  .lda = p.depth,
                  .ldb = width,
                  .ldc = p.columns,
                  .accumulate = k > 0 || epilogue.accumulate},
                 x + row * p.depth + k, panels + (column + at) * p.depth + k * width, to + at);
      }
    const real* bias = epilogue.bias != nullptr ? epilogue.bias + column : nullptr;
    apply_epilogue({bias, epilogue.activation, false}, rows, columns, to, p.columns);
  });
}

void multiply_rows_packing(const Workers& workers, const PanelProduct& p, const real* x, const real* b,
                           const Epilogue& epilogue, real* y, FunctionRef<real*(int worker)> scratch) {
  static_assert(kDepth * kPanel == kPackedValues);
  workers.run(pieces(p.columns, kPanel), [&](std::int64_t task, int worker) {
    const std::int64_t column = task * kPanel, width = std::min(kPanel, p.columns - column);
    real* const packed = scratch(worker);
    for (std::int64_t k = 0; k < p.depth; k += kDepth) {
      const std::int64_t depth = std::min(kDepth, p.depth - k);
      transpose(width, depth, b + column * p.depth + k, p.depth, packed, width);
      fetch(width, std::min(kDepth, p.depth - k - depth), b + column * p.depth + k + depth, p.depth);
      multiply({.m = p.rows,
                .n = width,
                .k = depth,
                .lda = p.depth,
                .ldb = width,
                .ldc = p.columns,
                .accumulate = k > 0 || epilogue.accumulate},
               x + k, packed, y + column);
    }
    const real* bias = epilogue.bias != nullptr ? epilogue.bias + column : nullptr;
    apply_epilogue({bias, epilogue.activation, false}, p.rows, width, y + column, p.columns);
  });
}

}  // namespace cnnctl::kernels
