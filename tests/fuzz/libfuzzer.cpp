// A target as a program of libFuzzer: CNNCTL_FUZZ_TARGET names it. Built by clang with -DCNNCTL_FUZZ=ON alone.
#include <cstddef>
#include <cstdint>

#include "fuzz/target.hpp"

namespace {
const cnnctl::fuzz::Target& target = cnnctl::fuzz::CNNCTL_FUZZ_TARGET;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t most);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  target.read({reinterpret_cast<const char*>(bytes), size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t most, unsigned seed) {
  constexpr unsigned kLeftDamaged = 8;  // one of so many keeps the checksums that no longer fit
  size = LLVMFuzzerMutate(bytes, size, most);
  if (target.mend != nullptr && seed % kLeftDamaged != 0) target.mend({reinterpret_cast<char*>(bytes), size});
  return size;
}
