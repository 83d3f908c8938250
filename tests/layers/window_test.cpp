#include "layers/window.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("layers") {
  Padding given(std::int64_t top, std::int64_t left, std::int64_t bottom, std::int64_t right) {
    return {Padding::Rule::given, top, left, bottom, right};
  }

  WindowPlan planned(Extent kernel, Extent stride, Padding padding, Shape image, bool ceil = false,
                     Extent dilation = {1, 1}) {
    return plan_window({kernel, stride, dilation, padding, ceil}, image);
  }

  std::string refusal(Extent kernel, Extent stride, Padding padding, Shape image, bool ceil = false,
                      Extent dilation = {1, 1}) {
    try {
      planned(kernel, stride, padding, image, ceil, dilation);
    } catch (const ShapeError& error) {
      return error.what();
    }
    return {};
  }

  TEST_CASE("output sizes are PyTorch's") {
    const WindowPlan plain = planned({3, 5}, {1, 2}, given(0, 0, 0, 0), {1, 28, 29});
    CHECK(plain.out_height == 26);
    CHECK(plain.out_width == 13);
    const WindowPlan padded = planned({3, 3}, {2, 2}, given(1, 1, 1, 1), {1, 7, 8});
    CHECK(padded.out_height == 4);
    CHECK(padded.out_width == 4);
    CHECK(planned({3, 3}, {1, 1}, given(0, 0, 0, 0), {1, 9, 9}, false, {2, 2}).out_height == 5);
    CHECK(planned({3, 3}, {1, 1}, given(2, 0, 1, 0), {1, 4, 4}).out_height == 5);
  }

  TEST_CASE("ceil_mode rounds up, but no window starts behind the image and its first padding") {
    CHECK(planned({2, 2}, {2, 2}, given(0, 0, 0, 0), {1, 5, 5}, true).out_height == 3);
    CHECK(planned({2, 2}, {2, 2}, given(0, 0, 0, 0), {1, 4, 4}, true).out_height == 2);
    CHECK(planned({2, 2}, {3, 3}, given(0, 0, 0, 0), {1, 3, 3}, true).out_height == 1);
    CHECK(planned({3, 3}, {2, 2}, given(1, 1, 1, 1), {1, 6, 6}, true).out_height == 4);
  }

  TEST_CASE("padding by rule: same, valid and full") {
    const WindowPlan same = planned({3, 4}, {1, 1}, {Padding::Rule::same}, {1, 8, 8});
    CHECK(same.out_height == 8);
    CHECK(same.out_width == 8);
    CHECK(same.top == 1);
    CHECK(same.bottom == 1);
    CHECK(same.left == 1);
    CHECK(same.right == 2);
    const WindowPlan strided = planned({3, 3}, {2, 2}, {Padding::Rule::same}, {1, 8, 7});
    CHECK(strided.out_height == 4);
    CHECK(strided.top == 0);
    CHECK(strided.bottom == 1);
    CHECK(strided.out_width == 4);
    CHECK(strided.left == 1);
    CHECK(strided.right == 1);
    CHECK(planned({1, 1}, {3, 3}, {Padding::Rule::same}, {1, 7, 7}).out_height == 3);
    CHECK(planned({3, 3}, {1, 1}, {Padding::Rule::valid}, {1, 8, 8}).out_height == 6);
    const WindowPlan full = planned({3, 3}, {1, 1}, {Padding::Rule::full}, {1, 8, 8}, false, {2, 2});
    CHECK(full.out_height == 12);
    CHECK(full.top == 4);
  }

  TEST_CASE("a window that does not fit is refused with the formula and its numbers") {
    CHECK(refusal({5, 5}, {1, 1}, given(0, 0, 0, 0), {1, 3, 3}) ==
          "window 5x5 does not fit the input 3x3 with padding 0 (output height = (3 + 2*0 - 5) / 1 + 1 = -1)");
    CHECK(refusal({3, 6}, {1, 2}, given(0, 1, 0, 1), {8, 3, 3}) ==
          "window 3x6 does not fit the input 3x3 with padding [0, 1] (output width = (3 + 2*1 - 6) / 2 + 1 = 0)");
    CHECK(refusal({5, 5}, {1, 1}, given(0, 0, 1, 0), {8, 3, 9}) ==
          "window 5x5 does not fit the input 3x9 with padding [0, 0, 1, 0] (output height = (3 + 0 + 1 - 5) / 1 + 1 = "
          "0)");
    CHECK(refusal({3, 3}, {1, 1}, given(0, 0, 0, 0), {1, 4, 4}, false, {2, 2}) ==
          "window 3x3 does not fit the input 4x4 with padding 0 (output height = (4 + 2*0 - 2*(3 - 1) - 1) / 1 + 1 = "
          "0)");
    CHECK(
        refusal({5, 5}, {2, 2}, given(0, 0, 0, 0), {1, 3, 3}, true) ==
        "window 5x5 does not fit the input 3x3 with padding 0 (output height = (3 + 2*0 - 5) / 2 rounded up + 1 = 0)");
  }
}

}  // namespace
}  // namespace cnnctl::testing
