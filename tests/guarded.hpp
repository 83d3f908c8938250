// Memory with guards on both sides and known dirt in it: who writes beyond it, reads what nobody wrote or uses what is
// not his leaves a trace.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "numbers.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl::testing {

/// What unwritten memory holds. Floats of bytes 0xff are NaN, those of 0x5a are large.
using Dirt = unsigned char;
constexpr Dirt kClean = 0, kNotANumber = 0xff, kLarge = 0x5a;

class Guarded {
 public:
  /// `bytes` on a cache line, full of dirt. `shift` cache lines further on than without it.
  explicit Guarded(std::size_t bytes, Dirt dirt, std::size_t shift = 0)
      : bytes_(bytes),
        all_(2 * kGuard + bytes + (shift + 1) * kAlignment),
        dirt_(dirt),
        memory_(std::make_unique<std::byte[]>(all_)) {
    std::fill_n(memory_.get(), all_, std::byte{dirt});
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.get() + kGuard);
    begin_ = kGuard + (kAlignment - address % kAlignment) % kAlignment + shift * kAlignment;
  }

  /// The same for numbers, which are copied in.
  Guarded(const Numbers& numbers, Dirt dirt, std::size_t shift = 0)
      : Guarded(numbers.size() * sizeof(real), dirt, shift) {
    std::copy(numbers.begin(), numbers.end(), values());
  }

  std::byte* data() const { return memory_.get() + begin_; }
  real* values() const { return reinterpret_cast<real*>(data()); }
  std::size_t bytes() const { return bytes_; }
  Numbers numbers() const { return {values(), values() + bytes_ / sizeof(real)}; }

  void soil() { std::fill_n(data(), bytes_, std::byte{dirt_}); }
  void soil(std::size_t begin, std::size_t end) { std::fill(data() + begin, data() + end, std::byte{dirt_}); }
  /// Nobody has written to bytes [begin, end) since they were soiled.
  bool untouched(std::size_t begin, std::size_t end) const { return dirty(data() + begin, end - begin); }
  bool untouched() const { return untouched(0, bytes_); }
  /// Nobody has written before or behind it.
  bool intact() const { return dirty(memory_.get(), begin_) && dirty(data() + bytes_, all_ - begin_ - bytes_); }

 private:
  static constexpr std::size_t kGuard = 1024;

  bool dirty(const std::byte* from, std::size_t bytes) const {
    return bytes == 0 || (*from == std::byte{dirt_} && std::memcmp(from, from + 1, bytes - 1) == 0);
  }

  std::size_t bytes_, all_;
  Dirt dirt_;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t begin_ = 0;
};

}  // namespace cnnctl::testing
