#include "kernels/conv.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "kernels/conv_run.hpp"
#include "numbers.hpp"
#include "tensor/tensor.hpp"
#include "vector_bits.hpp"

namespace cnnctl::kernels {
namespace {

using testing::describe;
using testing::geometry;
using testing::run_forward;
using testing::run_input;
using testing::run_weight;
using testing::same_bits;

std::vector<real> numbers(std::int64_t count, std::uint64_t stream) {
  std::vector<real> values(static_cast<std::size_t>(count));
  Rng rng(7, Purpose::synthetic, stream);
  for (real& value : values) value = rng.uniform(-1, 1);
  return values;
}

/// Position of weight (k, c within the group, i, j) in the kernels' layout.
std::size_t weight_at(const ConvGeometry& g, std::int64_t k, std::int64_t c, std::int64_t i, std::int64_t j) {
  if (g.depthwise()) return static_cast<std::size_t>((i * g.kw + j) * g.c + k);
  const std::int64_t group = k / g.group_k();
  return static_cast<std::size_t>((((group * g.kh + i) * g.kw + j) * g.group_c() + c) * g.group_k() + k % g.group_k());
}

/// Calls body(position in x, position in w, position in y) for every multiply-add of the convolution.
template <class Body>
void for_products(const ConvGeometry& g, const Body& body) {
  for (std::int64_t n = 0; n < g.n; ++n)
    for (std::int64_t oy = 0; oy < g.oh; ++oy)
      for (std::int64_t ox = 0; ox < g.ow; ++ox)
        for (std::int64_t k = 0; k < g.k; ++k)
          for (std::int64_t i = 0; i < g.kh; ++i)
            for (std::int64_t j = 0; j < g.kw; ++j)
              for (std::int64_t c = 0; c < g.group_c(); ++c) {
                const std::int64_t y = oy * g.stride_h - g.pad_top + i * g.dilation_h;
                const std::int64_t x = ox * g.stride_w - g.pad_left + j * g.dilation_w;
                if (y < 0 || y >= g.h || x < 0 || x >= g.w) continue;
                const std::int64_t channel = k / g.group_k() * g.group_c() + c;
                body(static_cast<std::size_t>(((n * g.h + y) * g.w + x) * g.c + channel), weight_at(g, k, c, i, j),
                     static_cast<std::size_t>(((n * g.oh + oy) * g.ow + ox) * g.k + k));
              }
}

/// Sums of up to 3*3*512 products of numbers below 1: rounding grows with the root of their number.
constexpr double kTolerance = sizeof(real) == 8 ? 1e-12 : 3e-5;

void check_close(const std::vector<real>& got, const std::vector<double>& want) {
  double largest = 1, worst = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    largest = std::max(largest, std::abs(want[i]));
    worst = std::max(worst, std::isnan(got[i]) ? INFINITY : std::abs(static_cast<double>(got[i]) - want[i]));
  }
  CHECK(worst / largest < kTolerance);
}

/// The result of run(workers), the same bits for every number of workers and for shorter registers.
template <class Run>
std::vector<real> same_everywhere(const Run& run) {
  static const Workers one(1), three(3), eight(8);
  const auto result = run(one);
  CHECK(same_bits(result, run(three)));
  CHECK(same_bits(result, run(eight)));
  limit_vector_bits(256);
  CHECK(same_bits(result, run(one)));
  limit_vector_bits(testing::vector_bits());
  return result;
}

/// Everything that holds for one geometry: every algorithm that takes it is right, in every direction.
void check_geometry(const ConvGeometry& g) {
  CAPTURE(describe(g));
  const auto x = numbers(g.n * g.h * g.w * g.c, 1), w = numbers(g.weight_count(), 2);
  const auto dy = numbers(g.out_pixels() * g.k, 3), bias = numbers(g.k, 4);
  std::vector<double> y_want(dy.size()), dx_want(x.size()), dw_want(w.size());
  for_products(g, [&](std::size_t ix, std::size_t iw, std::size_t iy) {
    y_want[iy] += static_cast<double>(x[ix]) * static_cast<double>(w[iw]);
    dx_want[ix] += static_cast<double>(dy[iy]) * static_cast<double>(w[iw]);
    dw_want[iw] += static_cast<double>(dy[iy]) * static_cast<double>(x[ix]);
  });
  std::vector<double> relu_want = y_want, dx_added = dx_want;
  for (std::size_t i = 0; i < relu_want.size(); ++i)
    relu_want[i] = std::max(0.0, relu_want[i] + static_cast<double>(bias[i % bias.size()]));
  for (double& value : dx_added) value += 0.5;

  const Workers one(1);
  for (const ConvForward* a :
       {&kDepthwiseForward, &kPointwiseForward, &kDirectForward, &kWinogradForward, &kRowsForward}) {
    if (!a->applies(g)) continue;
    CAPTURE(a->name);
    const auto y = same_everywhere([&](const Workers& workers) { return run_forward(*a, g, x, w, {}, workers); });
    check_close(y, y_want);
    check_close(run_forward(*a, g, x, w, {bias.data(), {Activation::Type::relu, 0}, false}, one), relu_want);
  }
  for (const ConvInputGradient* a : {&kDepthwiseInput, &kPointwiseInput, &kCol2imInput, &kWinogradInput, &kRowsInput}) {
    if (!a->applies(g)) continue;
    CAPTURE(a->name);
    const auto dx = same_everywhere([&](const Workers& workers) { return run_input(*a, g, dy, w, false, workers); });
    check_close(dx, dx_want);
    check_close(run_input(*a, g, dy, w, true, one), dx_added);
  }
  for (const ConvWeightGradient* a : {&kDepthwiseWeight, &kPointwiseWeight, &kDirectWeight, &kWinogradWeight,
                                      &kWinogradPlanesWeight, &kGatherWeight, &kGatherPartsWeight, &kRowsWeight}) {
    if (!a->applies(g)) continue;
    CAPTURE(a->name);
    const auto dw = same_everywhere([&](const Workers& workers) { return run_weight(*a, g, x, dy, workers); });
    check_close(dw, dw_want);
  }
}

}  // namespace

TEST_SUITE("kernels") {
  TEST_CASE("convolution: the shapes of common networks, reduced") {
    check_geometry(geometry(3, 28, 28, 1, 6, 5, 1, 2));  // LeNet
    check_geometry(geometry(3, 14, 14, 6, 16, 5, 1, 0));
    check_geometry(geometry(2, 17, 17, 3, 16, 7, 2, 3));  // the first layer of a ResNet
    for (const std::int64_t kernel : {1, 3}) check_geometry(geometry(3, 16, 16, 16, 32, kernel, 2, kernel / 2));
    check_geometry(geometry(3, 16, 16, 16, 16, 3, 1, 1));
    check_geometry(geometry(2, 8, 8, 96, 160, 3, 1, 1));  // planes by planes
    for (const std::int64_t stride : {1, 2}) check_geometry(geometry(3, 11, 11, 24, 24, 3, stride, 1, 1, 24));
    check_geometry(geometry(2, 9, 9, 12, 18, 3, 1, 1, 1, 3));
    check_geometry(geometry(2, 5, 5, 300, 140, 3, 2, 1));       // short rows of results, many channels
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
         {geometry(7, 13, 13, 16, 24, 3, 1, 1), geometry(7, 6, 6, 96, 100, 3, 1, 1), geometry(7, 5, 5, 40, 10, 1, 1, 0),
          geometry(7, 9, 9, 3, 10, 5, 2, 2), geometry(7, 9, 9, 10, 10, 5, 1, 2), geometry(7, 9, 9, 9, 40, 3, 2, 1)}) {
      const auto x = numbers(g.n * g.h * g.w * g.c, 1), w = numbers(g.weight_count(), 2);
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
    CHECK(choose_forward(geometry(8, 16, 16, 16, 16, 1, 1, 0), true).name == "gemm 1x1");
    CHECK(choose_forward(geometry(8, 16, 16, 3, 16, 3, 1, 1), true).name == "direct");
    CHECK(choose_input_gradient(geometry(8, 16, 16, 16, 32, 3, 2, 1), true).name == "rows");
    CHECK(choose_weight_gradient(geometry(8, 16, 16, 16, 16, 3, 1, 1, 1, 16), true).name == "depthwise");
  }
}

}  // namespace cnnctl::kernels
