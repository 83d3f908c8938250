#include <doctest/doctest.h>

#include "kernels/conv/conv_checks.hpp"
#include "kernels/conv/window/blocks.hpp"

namespace cnnctl::kernels {

using namespace testing;

TEST_SUITE("kernels") {
  TEST_CASE("convolution: blocks of results across rows and images") {
    check_geometry(geometry(14, 5, 5, 18, 20, 5, 1, 2));       // much of the windows is padding
    check_geometry(geometry(5, 7, 4, 16, 49, 3, 1, 4, 3));     // dilated: a row's taps are gathered from phases
    check_geometry(geometry(3, 9, 10, 12, 34, 3, 2, 2, 3));    // and with a stride
    check_geometry(geometry(3, 8, 8, 24, 60, 4, 1, 0, 1, 3));  // groups without padding
    check_geometry(geometry(4, 6, 6, 21, 24, 3, 2, 1, 1, 3));  // groups that fill half a register
    check_geometry(geometry(3, 5, 5, 330, 48, 3, 2, 1));       // short rows, many weights
    check_geometry(geometry(2, 17, 16, 3, 40, 4, 1, 1));       // fewer channels than make a block of sums
    check_geometry(geometry(2, 60, 60, 40, 40, 3, 2, 1));      // an image in blocks of rows
    check_geometry(geometry(2, 21, 26, 24, 16, 3, 1, 2, 2));   // rows of results, one register of channels
    check_geometry(geometry(13, 3, 2, 20, 35, 3, 3, 1));       // rows of one result
  }
}

}  // namespace cnnctl::kernels
