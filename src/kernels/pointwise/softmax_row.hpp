// The exponentials of one row, on which softmax and its losses stand.
#pragma once

#include <cstdint>

#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// log(sum of e^z) = max + log(sum), without overflow.
struct RowExponentials {
  double max, sum;
};

/// The largest z and the sum of e^(z - max) over `count` >= 1 values, in double, in an order that does not depend on
/// the machine's vectors. Writes e^(z - max) to `terms` (count) unless it is null; `terms` may be z. NaN or +infinity
/// anywhere, and -infinity everywhere, make the sum NaN.
RowExponentials row_exponentials(std::int64_t count, const real* z, real* terms);

}  // namespace cnnctl::kernels
