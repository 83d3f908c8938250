// An array of NumPy's.
#include "data/npy.hpp"

#include "base/error.hpp"
#include "fuzz/target.hpp"

namespace cnnctl::fuzz {
namespace {

bool read(std::string_view bytes) {
  try {
    const NpyArray array = read_npy(write_scratch("x.npy", bytes));
    std::int64_t count = 1;
    for (const std::int64_t size : array.shape) count *= size;
    require(static_cast<std::int64_t>(array.values.size()) == count, "as many values as the shape says");
    return true;
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace

const Target kNpy{"npy", read};

}  // namespace cnnctl::fuzz
