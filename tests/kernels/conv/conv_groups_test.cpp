#include <doctest/doctest.h>

#include "kernels/conv/conv_checks.hpp"
#include "kernels/conv/groups/groups.hpp"

namespace cnnctl::kernels {

using namespace testing;

TEST_SUITE("kernels") {
  TEST_CASE("convolution: narrow groups") {
    check_geometry(geometry(3, 16, 16, 32, 32, 3, 1, 1, 1, 4));  // two groups in a register
    check_geometry(geometry(2, 9, 19, 28, 28, 3, 1, 1, 1, 7));   // four, and three; a row in unequal parts
    check_geometry(geometry(2, 7, 11, 4, 16, 3, 1, 1, 1, 4));    // one channel each
    check_geometry(geometry(2, 7, 11, 16, 4, 3, 1, 1, 1, 4));    // one filter each
    check_geometry(geometry(2, 8, 9, 15, 21, 3, 1, 1, 1, 3));    // lanes left over
    for (const std::int64_t pad : {0, 1, 2}) check_geometry(geometry(2, 10, 9, 12, 20, 3, 2, pad, 1, 4));
    check_geometry(geometry(2, 17, 18, 16, 16, 2, 1, 1, 1, 4));  // two taps
    check_geometry(geometry(2, 1, 1, 8, 8, 3, 1, 1, 1, 2));      // one pixel, and padding around it
    check_geometry(geometry(2, 2, 40, 10, 10, 5, 1, 2, 1, 2));   // more taps than are multiplied together
    check_geometry(geometry(2, 9, 10, 12, 6, 7, 3, 3, 1, 3));    // and phases of two and three
    check_geometry(geometry(2, 11, 12, 16, 24, 3, 1, 2, 2, 4));  // dilated
    check_geometry(geometry(2, 9, 9, 24, 16, 1, 2, 0, 1, 8));    // pixels that no tap reaches
    check_geometry(geometry(1, 60, 70, 64, 64, 3, 1, 1, 1, 8));  // an image in blocks
    check_geometry(geometry(2, 6, 6, 8, 8, 3, 1, 1, 1, 2));      // fewer groups than a register has room for
    CHECK(choose_forward(geometry(2, 9, 9, 32, 32, 3, 1, 1, 1, 4), true).name == "groups");
    CHECK(choose_input_gradient(geometry(2, 9, 9, 32, 32, 3, 1, 1, 1, 4), true).name == "groups");
    CHECK(choose_weight_gradient(geometry(2, 9, 9, 32, 32, 3, 1, 1, 1, 4), true).name == "groups");
  }
}

}  // namespace cnnctl::kernels
