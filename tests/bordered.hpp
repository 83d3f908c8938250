// Numbers that end where memory begins that must not be written: a store beyond the last of them ends the test program,
// even one that writes back what it read there. (Another worker may own that memory, and have changed it meanwhile.)
#pragma once

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "numbers.hpp"

namespace cnnctl::testing {

class Bordered {
 public:
  Bordered(std::size_t count, real value) : count_(count) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t own = (count * sizeof(real) + page - 1) / page * page;
    bytes_ = own + page;
    void* const memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    memory_ = static_cast<std::byte*>(memory);
    REQUIRE(::mprotect(memory_ + own, page, PROT_READ) == 0);
    data_ = reinterpret_cast<real*>(memory_ + own) - count;
    std::fill_n(data_, count, value);
  }
  ~Bordered() { ::munmap(memory_, bytes_); }
  Bordered(const Bordered&) = delete;
  Bordered& operator=(const Bordered&) = delete;

  real* data() const { return data_; }
  Numbers numbers() const { return {data_, data_ + count_}; }

 private:
  std::size_t count_ = 0, bytes_ = 0;
  std::byte* memory_ = nullptr;
  real* data_ = nullptr;
};

}  // namespace cnnctl::testing
