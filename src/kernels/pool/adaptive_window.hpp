// Which inputs an adaptive window holds and which windows hold an input, along one axis. Knows numbers alone.
#pragma once

#include <cstdint>

namespace cnnctl::kernels {

/// first <= i < last.
struct AdaptiveRange {
  std::int64_t first, last;

  std::int64_t size() const { return last - first; }
};

/// The share of `of` places that place `at` of `places` covers: the window of an output, and the outputs whose windows
/// hold an input.
inline AdaptiveRange covered(std::int64_t at, std::int64_t places, std::int64_t of) {
  return {at * of / places, ((at + 1) * of + places - 1) / places};
}

}  // namespace cnnctl::kernels
