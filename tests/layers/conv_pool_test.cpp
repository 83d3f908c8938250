#include "layer_run.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("layers") {
  const Shape kImage{3, 9, 8};

  Inputs image_inputs(Mode mode = Mode::train) { return {.shapes = {kImage}, .mode = mode, .batch = 4, .part = 2}; }

  TEST_CASE("a convolution does max pooling in windows of 2x2 behind it, and an activation behind that") {
    const char* const yaml = "{out_channels: 5, kernel_size: 3, padding: 1}";
    Choice<Layer> layer = configure(layers(), "conv2d", yaml);
    Inputs inputs = image_inputs();
    for (const char* other : {"{kernel_size: 3}", "{kernel_size: 2, stride: 1}", "{kernel_size: 2, padding: 1}"})
      CHECK_FALSE(fuse(*layer, inputs, fused("max_pool2d", other)));
    CHECK(fuse(*layer, inputs, fused("max_pool2d", "2")));
    CHECK_FALSE(fuse(*layer, inputs, fused("max_pool2d", "2")));
    inputs.mode = Mode::infer;
    CHECK_FALSE(fuse(*layer, inputs, fused("batch_norm2d")));
    inputs.mode = Mode::train;
    CHECK(fuse(*layer, inputs, fused("relu")));
    CHECK_FALSE(fuse(*layer, inputs, fused("relu")));

    LayerRun whole(std::move(layer), inputs), conv("conv2d", yaml, {kImage}, 4),
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
    whole.how.cut = Circumstances::Cut::parts;
    whole.backward();
    const auto check = [](const Numbers& got, const Numbers& want) {
      REQUIRE(got.size() == want.size());
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-5));
    };
    check(whole.dx[0], conv.dx[0]);
    for (std::size_t p = 0; p < 2; ++p) check(whole.parameter_gradients[p], conv.parameter_gradients[p]);
  }

  TEST_CASE("a convolution with a batch norm folded in does max pooling, too") {
    const Choice<Layer> layer = configure(layers(), "conv2d", "{out_channels: 5, kernel_size: 3}");
    Inputs inputs = image_inputs(Mode::infer);
    CHECK(fuse(*layer, inputs, fused("batch_norm2d")));
    CHECK(fuse(*layer, inputs, fused("max_pool2d", "2")));
  }

  TEST_CASE("a convolution that would gain nothing leaves max pooling alone") {
    for (const char* yaml : {"{out_channels: 5, kernel_size: 3, stride: 2}", "{out_channels: 5, kernel_size: 1}",
                             "{out_channels: 500, kernel_size: 3}"}) {
      CAPTURE(yaml);
      CHECK_FALSE(configure(layers(), "conv2d", yaml)->fuses(image_inputs(), fused("max_pool2d", "2").traits));
    }
  }
}

}  // namespace
}  // namespace cnnctl::testing
