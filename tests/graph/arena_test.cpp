#include "graph/arena.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "base/rng.hpp"

namespace cnnctl {

TEST_SUITE("graph") {
  TEST_CASE("arena: buffers that live at the same time never share a byte, others do") {
    std::vector<Lifetime> buffers;
    Rng rng(1, Purpose::synthetic);
    std::size_t sum = 0;
    for (int i = 0; i < 200; ++i) {
      const std::int64_t begin = rng.below(100);
      buffers.push_back({rng.below(5000), begin, begin + rng.below(10), 0});
      sum += buffers.back().bytes;
    }
    const std::size_t total = place(buffers);
    CHECK(total < sum / 3);
    for (const Lifetime& a : buffers) {
      CHECK(a.offset % 64 == 0);
      CHECK(a.offset + a.bytes <= total);
      for (const Lifetime& b : buffers) {
        if (&a == &b || a.end < b.begin || b.end < a.begin || a.bytes == 0 || b.bytes == 0) continue;
        CHECK((a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset));
      }
    }
  }
}

}  // namespace cnnctl
