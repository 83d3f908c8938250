#include "base/fresh.hpp"

#include "base/pages.hpp"

namespace cnnctl {
namespace {

/// Whole huge pages: Linux puts a block on the border of one only if its size is a multiple.
std::size_t rounded(std::size_t bytes) { return (bytes + kHugePage - 1) / kHugePage * kHugePage; }

}  // namespace

void arrive(std::span<std::uint8_t> bytes) { populate_pages(bytes.data(), bytes.size()); }

std::uint64_t block_bytes(std::uint64_t bytes) { return bytes < kHugePage ? bytes : rounded(bytes); }

namespace detail {

void* take_block(std::size_t bytes) {
  if (bytes < kHugePage) return ::operator new(bytes);
  void* const block = map_pages(rounded(bytes));
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void give_back_block(void* block, std::size_t bytes) noexcept {
  if (bytes < kHugePage)
    ::operator delete(block);
  else
    unmap_pages(block, rounded(bytes));
}

}  // namespace detail
}  // namespace cnnctl
