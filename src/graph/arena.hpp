// Places buffers in one block of memory: buffers whose lives do not overlap may share bytes. Knows sizes and times;
// knows nothing of what they hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cnnctl {

/// A buffer that is alive from time `begin` to time `end`, both included.
struct Lifetime {
  std::size_t bytes = 0;
  std::int64_t begin = 0, end = 0;
  std::size_t offset = 0;  // set by place()
};

/// Chooses the offsets, whole cache lines, and returns the bytes of the block. Largest first, each at the lowest offset
/// that is free for its whole life.
std::size_t place(std::vector<Lifetime>& buffers);

}  // namespace cnnctl
