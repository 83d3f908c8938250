#include "layers/window.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("layers") {
  Padding given(Sizes before, Sizes after) { return {Padding::Rule::given, before, after}; }
  Padding given(std::int64_t top, std::int64_t left, std::int64_t bottom, std::int64_t right) {
    return given({top, left}, {bottom, right});
  }
  Padding by(Padding::Rule rule) { return {rule, {}, {}}; }

  WindowPlan planned(const Sizes& kernel, const Sizes& stride, const Padding& padding, const Shape& input,
                     bool ceil = false, std::int64_t dilation = 1) {
    return plan_window({kernel, stride, Sizes::all(kernel.axes(), dilation), padding, ceil}, input);
  }

  std::string refusal(const Sizes& kernel, const Sizes& stride, const Padding& padding, const Shape& input,
                      bool ceil = false, std::int64_t dilation = 1) {
    try {
      planned(kernel, stride, padding, input, ceil, dilation);
    } catch (const ShapeError& error) {
      return error.what();
    }
    return {};
  }

  TEST_CASE("output sizes are PyTorch's") {
    const WindowPlan plain = planned({3, 5}, {1, 2}, given(0, 0, 0, 0), {1, 28, 29});
    CHECK(plain.output == Sizes{26, 13});
    const WindowPlan padded = planned({3, 3}, {2, 2}, given(1, 1, 1, 1), {1, 7, 8});
    CHECK(padded.output == Sizes{4, 4});
    CHECK(planned({3, 3}, {1, 1}, given(0, 0, 0, 0), {1, 9, 9}, false, 2).output[0] == 5);
    CHECK(planned({3, 3}, {1, 1}, given(2, 0, 1, 0), {1, 4, 4}).output[0] == 5);
  }

  TEST_CASE("ceil_mode rounds up, but no window starts behind the image and its first padding") {
    CHECK(planned({2, 2}, {2, 2}, given(0, 0, 0, 0), {1, 5, 5}, true).output[0] == 3);
    CHECK(planned({2, 2}, {2, 2}, given(0, 0, 0, 0), {1, 4, 4}, true).output[0] == 2);
    CHECK(planned({2, 2}, {3, 3}, given(0, 0, 0, 0), {1, 3, 3}, true).output[0] == 1);
    CHECK(planned({3, 3}, {2, 2}, given(1, 1, 1, 1), {1, 6, 6}, true).output[0] == 4);
  }

  TEST_CASE("padding by rule: same, valid and full") {
    const WindowPlan same = planned({3, 4}, {1, 1}, by(Padding::Rule::same), {1, 8, 8});
    CHECK(same.output == Sizes{8, 8});
    CHECK(same.before == Sizes{1, 1});
    CHECK(same.after == Sizes{1, 2});
    const WindowPlan strided = planned({3, 3}, {2, 2}, by(Padding::Rule::same), {1, 8, 7});
    CHECK(strided.output == Sizes{4, 4});
    CHECK(strided.before == Sizes{0, 1});
    CHECK(strided.after == Sizes{1, 1});
    CHECK(planned({1, 1}, {3, 3}, by(Padding::Rule::same), {1, 7, 7}).output[0] == 3);
    CHECK(planned({3, 3}, {1, 1}, by(Padding::Rule::valid), {1, 8, 8}).output[0] == 6);
    const WindowPlan full = planned({3, 3}, {1, 1}, by(Padding::Rule::full), {1, 8, 8}, false, 2);
    CHECK(full.output[0] == 12);
    CHECK(full.before[0] == 4);
  }

  TEST_CASE("one and three axes") {
    const WindowPlan sequence = planned({3}, {2}, given({1}, {0}), {4, 10});
    CHECK(sequence.output == Sizes{5});
    CHECK(sequence.before == Sizes{1});
    CHECK(sequence.after == Sizes{0});
    const WindowPlan volume = planned({3, 4, 5}, {1, 2, 1}, by(Padding::Rule::same), {4, 6, 7, 8});
    CHECK(volume.output == Sizes{6, 4, 8});
    CHECK(volume.before == Sizes{1, 1, 2});
    CHECK(volume.after == Sizes{1, 2, 2});
    CHECK(planned({2, 2, 2}, {2, 2, 2}, {}, {1, 4, 6, 9}).output == Sizes{2, 3, 4});
    CHECK(refusal({5}, {1}, {}, {8, 3}) ==
          "window 5 does not fit the input 3 with padding 0 (output length = (3 + 2*0 - 5) / 1 + 1 = -1)");
    CHECK(refusal({5, 1, 1}, {1, 1, 1}, given({0, 0, 0}, {1, 0, 0}), {8, 3, 9, 9}) ==
          "window 5x1x1 does not fit the input 3x9x9 with padding [0, 0, 0, 1, 0, 0] (output depth = (3 + 0 + 1 - 5) / "
          "1 + 1 = 0)");
  }

  TEST_CASE("an input with other axes is refused") {
    CHECK(refusal({3}, {1}, {}, {8, 3, 3}) == "expects a sequence (channels x length), got 8x3x3");
    CHECK(refusal({3, 3}, {1, 1}, {}, {8, 30}) == "expects an image (channels x height x width), got 8x30");
    CHECK(refusal({3, 3, 3}, {1, 1, 1}, {}, {8}) == "expects a volume (channels x depth x height x width), got 8");
    CHECK_THROWS_AS(planned({3, 3}, {1}, {}, {8, 9, 9}), std::logic_error);
  }

  TEST_CASE("a window that does not fit is refused with the formula and its numbers") {
    CHECK(refusal({5, 5}, {1, 1}, given(0, 0, 0, 0), {1, 3, 3}) ==
          "window 5x5 does not fit the input 3x3 with padding 0 (output height = (3 + 2*0 - 5) / 1 + 1 = -1)");
    CHECK(refusal({3, 6}, {1, 2}, given(0, 1, 0, 1), {8, 3, 3}) ==
          "window 3x6 does not fit the input 3x3 with padding [0, 1] (output width = (3 + 2*1 - 6) / 2 + 1 = 0)");
    CHECK(refusal({5, 5}, {1, 1}, given(0, 0, 1, 0), {8, 3, 9}) ==
          "window 5x5 does not fit the input 3x9 with padding [0, 0, 1, 0] (output height = (3 + 0 + 1 - 5) / 1 + 1 = "
          "0)");
    CHECK(refusal({3, 3}, {1, 1}, given(0, 0, 0, 0), {1, 4, 4}, false, 2) ==
          "window 3x3 does not fit the input 4x4 with padding 0 (output height = (4 + 2*0 - 2*(3 - 1) - 1) / 1 + 1 = "
          "0)");
    CHECK(
        refusal({5, 5}, {2, 2}, given(0, 0, 0, 0), {1, 3, 3}, true) ==
        "window 5x5 does not fit the input 3x3 with padding 0 (output height = (3 + 2*0 - 5) / 2 rounded up + 1 = 0)");
  }
}

}  // namespace
}  // namespace cnnctl::testing
