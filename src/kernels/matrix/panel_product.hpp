// The product of many rows with one packed bank of weights: what 1x1 convolutions and linear layers are.
// Knows matrices; knows no image.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "kernels/pointwise/epilogue.hpp"

namespace cnnctl::kernels {

/// B (depth, columns) in panels of kPanel columns, one behind the other, each (depth, its width), as Products takes it:
/// panels = b (depth, columns), or, from its transpose, b (columns, depth).
void pack_bank(const Workers& workers, std::int64_t depth, std::int64_t columns, const real* b, real* panels);
void pack_transposed_bank(const Workers& workers, std::int64_t depth, std::int64_t columns, const real* b,
                          real* panels);

struct PanelProduct {
  std::int64_t rows, depth, columns;
};

/// y (rows, columns) = x (rows, depth) * B with the epilogue. A row's result does not depend on the others.
void multiply_rows(const Workers& workers, const PanelProduct& p, const real* x, const real* panels,
                   const Epilogue& epilogue, real* y);

/// The same bits from the transpose of B as it stands, b (columns, depth): a part of a panel is packed when its turn
/// comes, so that b passes through the cache once and no copy of it is needed. For few rows and many columns: a panel
/// is one worker's. `scratch` gives each worker room for kPackedValues.
constexpr std::int64_t kPackedValues = 512 * 32;
void multiply_rows_packing(const Workers& workers, const PanelProduct& p, const real* x, const real* b,
                           const Epilogue& epilogue, real* y, FunctionRef<real*(int worker)> scratch);

}  // namespace cnnctl::kernels
