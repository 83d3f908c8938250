// NumPy's .npy files, the door for arrays from scripts. Format: numpy.org/neps/nep-0001-npy-format.html.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cnnctl {

/// An array of any rank, values in C order.
struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Reads versions 1 to 3 in C order: float32, float64, bool and integers up to 64 bits, of either byte order, converted
/// to float. Throws DataError for anything else and for a size that does not fit the header exactly.
NpyArray read_npy(const std::string& path);

/// Writes float32, version 1.0, atomically. `values` holds as many numbers as `shape` says.
void write_npy(const std::string& path, std::span<const std::int64_t> shape, std::span<const float> values);

}  // namespace cnnctl
