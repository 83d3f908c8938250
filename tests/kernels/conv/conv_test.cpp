#include <doctest/doctest.h>

#include "base/rng.hpp"
#include "kernels/conv/choice.hpp"
#include "kernels/conv/conv_checks.hpp"

namespace cnnctl::kernels {

using namespace testing;

TEST_SUITE("kernels") {
  TEST_CASE("convolution: the shapes of common networks, reduced") {
    check_geometry(geometry(3, 28, 28, 1, 6, 5, 1, 2));  // LeNet
    check_geometry(geometry(3, 14, 14, 6, 16, 5, 1, 0));
    check_geometry(geometry(2, 17, 17, 3, 16, 7, 2, 3));  // the first layer of a ResNet
    for (const std::int64_t kernel : {1, 3}) check_geometry(geometry(3, 16, 16, 16, 32, kernel, 2, kernel / 2));
    check_geometry(geometry(3, 16, 16, 16, 16, 3, 1, 1));
    check_geometry(geometry(2, 8, 8, 96, 160, 3, 1, 1));     // planes by planes; few tiles for so many filters
    check_geometry(geometry(3, 16, 16, 96, 72, 3, 1, 1));    // many
    check_geometry(geometry(1, 1, 500, 1300, 16, 3, 1, 1));  // more tiles than are in work at once
    check_geometry(geometry(1, 17, 16, 530, 40, 1, 1, 0));   // products in parts of their rows and of their depth
    for (const std::int64_t stride : {1, 2}) check_geometry(geometry(3, 11, 11, 24, 24, 3, stride, 1, 1, 24));
    for (const std::int64_t pad : {0, 1, 2, 4}) check_geometry(geometry(2, 10, 13, 20, 20, 3, 2, pad, 1, 20));
    for (const std::int64_t size : {5, 7, 14, 23}) check_geometry(geometry(3, size, size, 40, 72, 1, 1, 0));
    check_geometry(geometry(2, 9, 9, 12, 18, 3, 1, 1, 1, 3));
    check_geometry(geometry(2, 5, 5, 300, 160, 3, 2, 1));       // short rows of results, many channels
    check_geometry(geometry(3, 8, 8, 80, 100, 3, 1, 2, 2, 2));  // short rows, groups, few weights
  }

  TEST_CASE("convolution: one pixel, one channel, empty borders, windows larger than the image") {
    check_geometry(geometry(1, 1, 1, 1, 1, 1, 1, 0));
    check_geometry(geometry(2, 1, 1, 8, 8, 3, 1, 1));
    check_geometry(geometry(2, 3, 3, 9, 17, 3, 1, 2));
    check_geometry(geometry(1, 5, 5, 4, 4, 2, 3, 0));     // pixels that no window touches
    check_geometry(geometry(1, 6, 6, 8, 8, 3, 1, 4));     // padding wider than the kernel
    check_geometry(geometry(2, 12, 12, 3, 5, 12, 1, 6));  // more taps than one sum of products takes
  }

  TEST_CASE("convolution: few channels") {
    check_geometry(geometry(2, 1, 40, 1, 1, 1, 1, 0));       // one row
    check_geometry(geometry(2, 13, 29, 1, 7, 5, 2, 2));      // odd channels, and a row in unequal parts
    check_geometry(geometry(2, 12, 30, 1, 33, 3, 1, 2, 2));  // dilated
    check_geometry(geometry(1, 20, 20, 3, 5, 11, 4, 2));     // longer runs than are summed at once
    check_geometry(geometry(1, 70, 70, 1, 16, 3, 1, 1));     // an image in blocks
    // Pairs of pixels: one pixel left over, none, without padding, dilated, one pixel in a row, and in blocks.
    for (const std::int64_t channels : {1, 3, 6, 8}) check_geometry(geometry(2, 9, 13, 1, channels, 3, 1, 1));
    check_geometry(geometry(2, 10, 31, 1, 8, 4, 1, 0));
    check_geometry(geometry(2, 9, 11, 1, 5, 3, 1, 2, 2));
    check_geometry(geometry(2, 7, 3, 1, 8, 3, 1, 0));
    check_geometry(geometry(1, 70, 71, 1, 7, 5, 1, 2));
    // Windows added up: strides that leave pixels out, dilation that shares a factor with the stride or does not.
    for (const std::int64_t dilation : {1, 2, 3}) check_geometry(geometry(2, 15, 17, 6, 16, 3, 2, 2, dilation));
    check_geometry(geometry(2, 13, 14, 8, 32, 2, 3, 1));
    check_geometry(geometry(1, 40, 50, 5, 12, 5, 1, 2));
  }

  TEST_CASE("convolution: Winograd's method for larger kernels and with dilation") {
    const auto check = [](const ConvGeometry& g, std::string_view name) {
      CAPTURE(describe(g));
      CHECK(choose_forward(g, true).name == name);
      check_geometry(g);
    };
    const std::string_view three = "winograd 4x4", four = "winograd 4x4, 4x4", five = "winograd 4x4, 5x5";
    check(geometry(2, 13, 11, 9, 17, 5, 1, 2), five);       // odd channels, tiles that the image ends in
    check(geometry(1, 12, 16, 33, 15, 5, 1, 0), five);      // without padding
    check(geometry(3, 7, 9, 16, 33, 4, 1, 2), four);        // fewer taps than the scheme has
    check(geometry(2, 3, 4, 33, 40, 5, 1, 2), five);        // images smaller than a tile
    check(geometry(1, 40, 37, 20, 24, 5, 1, 2), five);      // more tiles than are in work at once
    check(geometry(2, 8, 8, 72, 80, 5, 1, 2), five);        // planes by planes
    check(geometry(1, 8, 8, 160, 250, 5, 1, 2), five);      // slices
    check(geometry(2, 14, 13, 9, 19, 7, 1, 3), four);       // filters in 2x2 blocks
    check(geometry(1, 11, 12, 16, 16, 9, 1, 4), five);      // of more taps
    check(geometry(2, 21, 12, 11, 9, 11, 1, 5), four);      // 3x3 blocks
    check(geometry(1, 31, 45, 10, 11, 7, 1, 3), four);      // blocks, and more tiles than are in work at once
    check(geometry(2, 12, 11, 40, 50, 7, 1, 3), four);      // planes by planes
    check(geometry(1, 12, 11, 70, 150, 7, 1, 3), four);     // slices
    check(geometry(2, 19, 22, 12, 20, 3, 1, 2, 2), three);  // dilated
    check(geometry(2, 23, 25, 33, 20, 3, 1, 3, 3), three);
    check(geometry(1, 26, 30, 10, 16, 5, 1, 4, 2), five);
    check(geometry(2, 35, 24, 9, 11, 7, 1, 6, 2), four);
    check(geometry(1, 33, 40, 33, 70, 3, 1, 4, 4), three);
    for (const auto& [kh, kw] : {std::pair{5, 3}, {3, 5}, {7, 4}, {5, 8}}) {
      ConvGeometry g = geometry(2, 15, 15, 25, 28, 1, 1, 0);
      g.kh = kh;
      g.kw = kw;
      g.pad_top = 3;  // and 1 below, 1 to the left, 2 to the right
      g.pad_left = 1;
      g.oh = g.h + 4 - kh + 1;
      g.ow = g.w + 3 - kw + 1;
      check(g, kh == 7 ? four : five);
    }
    ConvGeometry g = geometry(2, 24, 38, 12, 10, 3, 1, 2, 2);  // dilations that differ
    g.dilation_w = 5;
    g.pad_left = 3;
    g.ow = g.w + 3 - 10;
    check(g, three);
    g = geometry(2, 17, 16, 25, 28, 2, 1, 0);  // 2x3
    g.kw = 3;
    g.pad_left = 1;
    g.ow = 16;
    check(g, three);
  }

  TEST_CASE("convolution: few filters") {
    for (const std::int64_t filters : {1, 2, 3, 5, 7, 8}) check_geometry(geometry(2, 9, 13, 24, filters, 3, 1, 1));
    check_geometry(geometry(2, 10, 11, 16, 4, 5, 1, 0));    // no padding: the mirror has all of it
    check_geometry(geometry(2, 10, 11, 16, 4, 5, 1, 4));    // and the other way round
    check_geometry(geometry(2, 10, 11, 9, 3, 3, 1, 2, 2));  // dilated
    check_geometry(geometry(2, 10, 11, 9, 3, 3, 1, 5, 2));  // more padding than a window: no mirror
    check_geometry(geometry(1, 1, 1, 40, 2, 3, 1, 1));      // one pixel
    check_geometry(geometry(1, 60, 70, 20, 4, 3, 1, 1));    // an image in blocks
    check_geometry(geometry(2, 12, 12, 17, 3, 4, 1, 1));    // an even kernel
    for (const std::int64_t filters : {1, 2, 3, 4}) check_geometry(geometry(2, 9, 13, 51, filters, 4, 2, 1));
    check_geometry(geometry(2, 9, 8, 33, 3, 3, 3, 2, 2));  // a stride, dilated: dot products tap by tap
    check_geometry(geometry(1, 70, 70, 64, 2, 3, 2, 1));   // in blocks
    check_geometry(geometry(3, 6, 5, 77, 1, 1, 1, 0));     // one tap
    CHECK(choose_forward(geometry(2, 9, 9, 64, 4, 3, 1, 1), true).name == "mirrored");
    CHECK(choose_forward(geometry(2, 9, 9, 64, 4, 3, 2, 1), true).name == "dots");
    for (const std::int64_t stride : {1, 2})
      CHECK(choose_weight_gradient(geometry(2, 9, 9, 64, 4, 3, stride, 1), true).name == "mirrored");
    CHECK(choose_forward(geometry(2, 9, 9, 1, 6, 5, 1, 2), true).name == "direct");
  }

  TEST_CASE("convolution: Winograd's largest error is as README.md says") {
    const Workers one(1);
    const auto normal = [](std::int64_t count, std::uint64_t seed) {
      Rng rng(seed, Purpose::synthetic);
      std::vector<real> numbers(static_cast<std::size_t>(count));
      for (real& number : numbers) number = rng.normal();
      return numbers;
    };
    for (const std::int64_t kernel : {3, 4, 5, 7})
      for (const std::int64_t channels : {16, 128}) {
        const ConvGeometry g = geometry(1, 16, 16, channels, 16, kernel, 1, kernel / 2);
        CAPTURE(describe(g));
        const auto x = normal(g.n * g.h * g.w * g.c, 1), w = normal(g.weight_count(), 2);
        const auto dy = normal(g.out_pixels() * g.k, 3);
        const Reference want(g, x, w, dy);
        const ConvForward& forward = choose_forward(g, true);
        const ConvInputGradient& input = choose_input_gradient(g, true);
        const ConvWeightGradient& weight = choose_weight_gradient(g, true);
        for (const std::string_view name : {forward.name, input.name, weight.name}) CHECK(name.starts_with("winograd"));
        const double limit = (kernel <= 5 ? 1 : 2) * (channels == 16 ? 6e-6 : 1e-5);
        const double allowed = sizeof(real) == 8 ? kTolerance : limit;
        CHECK(largest_error(run_forward(forward, g, x, w, {}, one), want.y) < allowed);
        CHECK(largest_error(run_input(input, g, dy, w, false, one), want.dx) < allowed);
        CHECK(largest_error(run_weight(weight, g, x, dy, one), want.dw) < allowed);
      }
  }

  TEST_CASE("convolution: random geometries") {
    Rng rng(11, Purpose::synthetic);
    for (int i = 0; i < 60; ++i) {
      CAPTURE(i);
      const auto pick = [&](std::uint32_t low, std::uint32_t high) {
        return static_cast<std::int64_t>(low + rng.below(high - low + 1));
      };
      ConvGeometry g;
      g.n = pick(1, 5);
      g.h = pick(1, 14);
      g.w = pick(1, 14);
      g.groups = rng.below(3) == 0 ? pick(2, 4) : 1;
      g.c = g.groups * pick(1, 20);
      g.k = rng.below(5) == 0 ? g.c : g.groups * pick(1, 20);
      if (rng.below(6) == 0) g.groups = g.k = g.c;
      g.kh = pick(1, 5);
      g.kw = rng.below(2) == 0 ? g.kh : pick(1, 5);
      g.stride_h = pick(1, 3);
      g.stride_w = rng.below(2) == 0 ? g.stride_h : pick(1, 3);
      g.dilation_h = pick(1, 2);
      g.dilation_w = rng.below(2) == 0 ? g.dilation_h : pick(1, 3);
      g.pad_top = pick(0, 3);
      g.pad_left = pick(0, 3);
      const std::int64_t bottom = pick(0, 3), right = pick(0, 3);  // uneven padding shows in the output's size alone
      const std::int64_t rest_h = g.h + g.pad_top + bottom - g.dilation_h * (g.kh - 1) - 1;
      const std::int64_t rest_w = g.w + g.pad_left + right - g.dilation_w * (g.kw - 1) - 1;
      if (rest_h < 0 || rest_w < 0) continue;
      g.oh = rest_h / g.stride_h + 1;
      g.ow = rest_w / g.stride_w + 1;
      check_geometry(g);
    }
  }

  TEST_CASE("convolution: an image's result does not depend on the batch around it") {
    const Workers workers(2);
    for (ConvGeometry g :
         {geometry(7, 13, 13, 16, 24, 3, 1, 1), geometry(7, 6, 6, 96, 100, 3, 1, 1),
          geometry(7, 6, 6, 500, 140, 3, 1, 1), geometry(7, 5, 5, 40, 10, 1, 1, 0),
          geometry(3, 17, 31, 70, 33, 1, 1, 0), geometry(7, 9, 9, 3, 10, 5, 2, 2), geometry(7, 9, 9, 10, 10, 5, 1, 2),
          geometry(7, 9, 9, 9, 40, 3, 2, 1), geometry(15, 7, 7, 12, 40, 7, 1, 3), geometry(7, 13, 10, 16, 24, 5, 1, 2),
          geometry(5, 8, 8, 70, 80, 5, 1, 2), geometry(7, 14, 10, 16, 24, 7, 1, 3),
          geometry(7, 14, 10, 16, 24, 3, 1, 2, 2), geometry(7, 9, 9, 24, 48, 3, 1, 2, 2, 2),
          geometry(7, 9, 9, 24, 48, 3, 1, 1, 1, 6), geometry(7, 9, 9, 24, 3, 3, 1, 1),
          geometry(7, 9, 9, 24, 3, 3, 2, 1)}) {
      const auto x = random_numbers(g.n * g.h * g.w * g.c, 1), w = random_numbers(g.weight_count(), 2);
      const ConvForward& algorithm = choose_forward(g, true);
      CAPTURE(describe(g));
      CAPTURE(algorithm.name);
      const auto all = run_forward(algorithm, g, x, w, {}, workers);
      const std::int64_t in = g.h * g.w * g.c, out = g.oh * g.ow * g.k, n = g.n;
      g.n = 1;
      for (std::int64_t i = 0; i < n; ++i) {
        const std::vector<real> image(x.begin() + i * in, x.begin() + (i + 1) * in);
        const std::vector<real> want(all.begin() + i * out, all.begin() + (i + 1) * out);
        CHECK(same_bits(run_forward(algorithm, g, image, w, {}, workers), want));
      }
    }
  }

  TEST_CASE("convolution: what is chosen depends on the shape, and winograd can be forbidden") {
    const ConvGeometry g = geometry(8, 16, 16, 16, 16, 3, 1, 1);
    CHECK(choose_forward(g, true).name == "winograd 4x4");
    CHECK(choose_forward(g, false).name == "rows");
    CHECK(choose_forward(geometry(8, 2, 2, 16, 16, 3, 1, 1), true).name == "rows");  // tiles would be mostly padding
    CHECK(choose_forward(geometry(8, 1, 64, 16, 16, 3, 1, 1), true).name == "rows");
    CHECK(choose_forward(geometry(8, 3, 3, 16, 16, 3, 1, 1), true).name == "winograd 4x4");
    CHECK(choose_forward(geometry(8, 16, 16, 16, 16, 1, 1, 0), true).name == "gemm 1x1");
    CHECK(choose_forward(geometry(8, 16, 16, 3, 16, 3, 1, 1), true).name == "direct");
    CHECK(choose_input_gradient(geometry(8, 16, 16, 16, 32, 3, 2, 1), true).name == "rows");
    CHECK(choose_weight_gradient(geometry(8, 16, 16, 16, 16, 3, 1, 1, 1, 16), true).name == "depthwise");
  }
}

}  // namespace cnnctl::kernels
