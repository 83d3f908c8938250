// NaN as people write it. A NaN has a sign, which means nothing and differs between machines.
#pragma once

#include <cmath>
#include <limits>

namespace cnnctl {

/// The number; of a NaN the one that is printed "nan".
inline double unsigned_nan(double number) {
  return std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number;
}

}  // namespace cnnctl
