#include "base/fresh.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace cnnctl {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Whole huge pages: Linux puts a block on the border of one only if its size is a multiple.
std::size_t rounded(std::size_t bytes) { return (bytes + kHugePage - 1) / kHugePage * kHugePage; }

}  // namespace

void arrive(std::span<std::uint8_t> bytes) {
#ifdef MADV_POPULATE_WRITE
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data()) & ~(page - 1);
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size());
  // Linux before 5.14 refuses: then they arrive when they are touched.
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
#endif
}

std::uint64_t block_bytes(std::uint64_t bytes) { return bytes < kHugePage ? bytes : rounded(bytes); }

namespace detail {

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

}  // namespace detail
}  // namespace cnnctl
