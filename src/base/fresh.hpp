// Vectors for what is about to be written as a whole. Knows pages; knows nothing of what they hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cnnctl {

/// Memory for std::vector that resize() leaves as it is: whoever resizes writes every element. Blocks of a huge page or
/// more ask for huge pages, which arrive 512 times less often than others.
template <class T>
class FreshAllocator {
 public:
  static_assert(std::is_trivial_v<T>);
  using value_type = T;

  FreshAllocator() = default;
  template <class U>
  FreshAllocator(const FreshAllocator<U>&) {}  // NOLINT: implicit, as the standard asks of allocators

  T* allocate(std::size_t count);
  void deallocate(T* block, std::size_t count) noexcept;

  template <class U>
  void construct(U*) noexcept {}  // of an element without a value
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    ::new (static_cast<void*>(at)) U(std::forward<Args>(args)...);
  }

  bool operator==(const FreshAllocator&) const = default;
};

using Bytes = std::vector<std::uint8_t, FreshAllocator<std::uint8_t>>;

/// Has the system hand over the memory of these bytes, rather than at their first touch; changes none of them. For a
/// thread with nothing else to do, while another one writes them from the front on.
void arrive(std::span<std::uint8_t> bytes);

/// The same bytes, borrowed as characters.
inline std::string_view text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What a block of so many bytes takes of the memory: whole huge pages from the size of one on.
std::uint64_t block_bytes(std::uint64_t bytes);

namespace detail {
void* take_block(std::size_t bytes);
void give_back_block(void* block, std::size_t bytes) noexcept;
}  // namespace detail

template <class T>
T* FreshAllocator<T>::allocate(std::size_t count) {
  if (count > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_array_new_length();
  return static_cast<T*>(detail::take_block(count * sizeof(T)));
}

template <class T>
void FreshAllocator<T>::deallocate(T* block, std::size_t count) noexcept {
  detail::give_back_block(block, count * sizeof(T));
}

}  // namespace cnnctl
