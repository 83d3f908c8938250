#include "base/fresh.hpp"

#include <sys/mman.h>

namespace cnnctl::detail {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Whole huge pages: Linux puts a block on the border of one only if its size is a multiple.
std::size_t rounded(std::size_t bytes) { return (bytes + kHugePage - 1) / kHugePage * kHugePage; }

}  // namespace

void* take_block(std::size_t bytes) {
  if (bytes < kHugePage) return ::operator new(bytes);
  void* const block = mmap(nullptr, rounded(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) throw std::bad_alloc();
  madvise(block, rounded(bytes), MADV_HUGEPAGE);
  return block;
}

void give_back_block(void* block, std::size_t bytes) noexcept {
  if (bytes < kHugePage)
    ::operator delete(block);
  else
    munmap(block, rounded(bytes));
}

}  // namespace cnnctl::detail
