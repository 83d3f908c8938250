#include "base/fresh.hpp"

#include <doctest/doctest.h>

#include <numeric>

namespace cnnctl {

TEST_SUITE("base") {
  TEST_CASE("fresh: growing keeps what was there, below and beyond a huge page") {
    constexpr std::size_t kLarge = std::size_t{5} << 20;
    Bytes bytes{1, 2, 3};
    for (const std::size_t size : {std::size_t{100}, kLarge, kLarge + 1, 2 * kLarge}) {
      CAPTURE(size);
      const std::size_t before = bytes.size();
      bytes.resize(size);
      std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(before), bytes.end(), std::uint8_t{7});
      CHECK(bytes[0] == 1);
      CHECK(std::accumulate(bytes.begin(), bytes.end(), std::size_t{0}) == 6 + 7 * (size - 3));
    }
    const Bytes copy = bytes;
    CHECK(copy == bytes);
    bytes.resize(2);
    bytes.shrink_to_fit();
    CHECK(bytes == Bytes{1, 2});
    bytes.resize(4, 9);  // a value that is given is set
    CHECK(bytes == Bytes{1, 2, 9, 9});
  }

  TEST_CASE("fresh: bytes may arrive early, which changes none of them") {
    Bytes bytes;
    arrive(bytes);
    bytes.resize((std::size_t{3} << 20) + 5);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    const Bytes before = bytes;
    arrive(bytes);
    arrive(std::span(bytes).subspan(3, 2));
    CHECK(bytes == before);
  }

  TEST_CASE("fresh: more than there can be is refused") {
    Bytes bytes;
    CHECK_THROWS_AS(bytes.resize(std::size_t{1} << 62), std::bad_alloc);
    CHECK(bytes.empty());
  }
}
}  // namespace cnnctl
