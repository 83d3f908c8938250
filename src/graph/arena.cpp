#include "graph/arena.hpp"

#include <algorithm>
#include <numeric>

#include "tensor/tensor.hpp"

namespace cnnctl {

std::size_t place(std::vector<Lifetime>& buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  std::size_t total = 0;
  std::vector<std::size_t> placed;  // by rising offset
  for (const std::size_t i : order) {
    Lifetime& buffer = buffers[i];
    const std::size_t bytes = aligned(buffer.bytes);
    std::size_t offset = 0;
    for (const std::size_t j : placed) {
      const Lifetime& other = buffers[j];
      if (other.end < buffer.begin || buffer.end < other.begin) continue;
      if (offset + bytes <= other.offset) break;
      offset = std::max(offset, other.offset + aligned(other.bytes));
    }
    buffer.offset = offset;
    total = std::max(total, offset + bytes);
    const auto position = std::upper_bound(placed.begin(), placed.end(), offset,
                                           [&](std::size_t at, std::size_t j) { return at < buffers[j].offset; });
    placed.insert(position, i);
  }
  return total;
}

}  // namespace cnnctl
