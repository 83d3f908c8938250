#include "tensor/sizes.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

namespace cnnctl {
TEST_SUITE("tensor") {
  TEST_CASE("sizes: one for each axis, none by default") {
    CHECK(Sizes().axes() == 0);
    CHECK(Sizes{3, 5}[1] == 5);
    CHECK(Sizes::all(3, 2) == Sizes{2, 2, 2});
    CHECK(Sizes{2} != Sizes{2, 2});
    CHECK(Sizes{4, 4}.are_all(4));
    CHECK_FALSE(Sizes{4, 5}.are_all(4));
    CHECK(Sizes{7, 1, 2}.str() == "7x1x2");
    CHECK_THROWS_AS((Sizes{1, 2, 3, 4}), std::logic_error);
    CHECK_THROWS_AS(Sizes::all(4, 1), std::logic_error);
  }
}
}  // namespace cnnctl
