#include "layer_run.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("layers") {
  const Shape kImage{3, 9, 8};

  Traits traits_of(const char* name, const char* yaml = "") { return configure(layers(), name, yaml)->traits(); }

  TEST_CASE("a convolution absorbs max pooling in windows of 2x2, and an activation behind it") {
    const char* const yaml = "{out_channels: 5, kernel_size: 3, padding: 1}";
    Choice<Layer> fused = configure(layers(), "conv2d", yaml);
    for (const char* other : {"{kernel_size: 3}", "{kernel_size: 2, stride: 1}", "{kernel_size: 2, padding: 1}"})
      CHECK_FALSE(fused->absorb(traits_of("max_pool2d", other), Mode::train, kImage));
    CHECK(fused->absorb(traits_of("max_pool2d", "2"), Mode::train, kImage));
    CHECK_FALSE(fused->absorb(traits_of("max_pool2d", "2"), Mode::train, kImage));
    CHECK_FALSE(fused->absorb(traits_of("batch_norm2d"), Mode::infer, kImage));
    CHECK(fused->absorb(traits_of("relu"), Mode::train, kImage));
    CHECK_FALSE(fused->absorb(traits_of("relu"), Mode::train, kImage));

    LayerRun whole(std::move(fused), {kImage}, 4), conv("conv2d", yaml, {kImage}, 4),
        pool("max_pool2d", "2", {conv.plan.output}, 4), relu("relu", "", {pool.plan.output}, 4);
    CHECK(whole.plan.output == pool.plan.output);
    whole.forward();
    conv.forward();
    pool.x = {conv.y};
    pool.forward();
    relu.x = {pool.y};
    relu.forward();
    CHECK(whole.y == relu.y);
    relu.backward();
    pool.dy = relu.dx[0];
    pool.backward();
    conv.dy = pool.dx[0];
    conv.backward();
    whole.part = 2;
    whole.backward();
    const auto check = [](const Numbers& got, const Numbers& want) {
      REQUIRE(got.size() == want.size());
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-5));
    };
    check(whole.dx[0], conv.dx[0]);
    for (std::size_t p = 0; p < 2; ++p) check(whole.parameter_gradients[p], conv.parameter_gradients[p]);
  }

  TEST_CASE("a convolution with a batch norm folded in absorbs max pooling, too") {
    Choice<Layer> fused = configure(layers(), "conv2d", "{out_channels: 5, kernel_size: 3}");
    CHECK(fused->absorb(traits_of("batch_norm2d"), Mode::infer, kImage));
    CHECK(fused->absorb(traits_of("max_pool2d", "2"), Mode::infer, kImage));
  }

  TEST_CASE("a convolution that would gain nothing leaves max pooling alone") {
    for (const char* yaml : {"{out_channels: 5, kernel_size: 3, stride: 2}", "{out_channels: 5, kernel_size: 1}",
                             "{out_channels: 500, kernel_size: 3}"}) {
      CAPTURE(yaml);
      CHECK_FALSE(configure(layers(), "conv2d", yaml)->absorb(traits_of("max_pool2d", "2"), Mode::train, kImage));
    }
  }
}

}  // namespace
}  // namespace cnnctl::testing
