// Layers of the newer networks, against values that PyTorch gives.
#include <cmath>
#include <limits>

#include "layer_run.hpp"

namespace cnnctl::testing {
namespace {

void check_near(const Numbers& got, const std::vector<double>& want) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i)
    CHECK(static_cast<double>(got[i]) == doctest::Approx(want[i]).epsilon(1e-5));
}

TEST_SUITE("layers") {
  TEST_CASE("adaptive_avg_pool2d cuts windows as PyTorch does: they overlap, and repeat where the output is larger") {
    LayerRun row("adaptive_avg_pool2d", "[1, 3]", {{1, 1, 7}}, 1);
    row.x[0] = {1, 2, 3, 4, 5, 6, 7};
    row.forward();
    check_near(row.y, {2, 4, 6});  // places 0-2, 2-4, 4-6
    row.dy = {3, 6, 9};
    row.backward();
    check_near(row.dx[0], {1, 1, 3, 2, 5, 3, 3});
    LayerRun larger("adaptive_avg_pool2d", "[3, 1]", {{1, 2, 2}}, 1);
    larger.x[0] = {1, 2, 3, 6};
    larger.forward();
    check_near(larger.y, {1.5, 3, 4.5});  // the first row, both, the second
    CHECK(larger.plan.output == Shape{1, 3, 1});
    CHECK(shape_error("adaptive_avg_pool2d", "7", {{8}}) == "expects an image (channels x height x width), got 8");
  }

  TEST_CASE("adaptive_max_pool cuts the same windows, keeps the first of equals, and NaN") {
    LayerRun row("adaptive_max_pool1d", "3", {{1, 7}}, 1);
    row.x[0] = {1, 5, 5, 2, 7, 7, 0};
    row.forward();
    check_near(row.y, {5, 7, 7});  // places 0-2, 2-4, 4-6
    row.dy = {3, 6, 9};
    row.backward();
    check_near(row.dx[0], {0, 3, 0, 0, 15, 0, 0});
    LayerRun volume("adaptive_max_pool3d", "[1, 2, 1]", {{1, 2, 2, 2}}, 1);
    volume.x[0] = {1, 2, 3, 8, 9, 2, 8, 7};
    volume.forward();
    check_near(volume.y, {9, 8});
    volume.dy = {1, 2};
    volume.backward();
    check_near(volume.dx[0], {0, 0, 0, 2, 1, 0, 0, 0});  // of two eights the first slice's
    LayerRun broken("adaptive_max_pool2d", "1", {{1, 1, 3}}, 1);
    broken.x[0] = {1, std::numeric_limits<real>::quiet_NaN(), 3};
    broken.forward();
    CHECK(std::isnan(broken.y[0]));
    CHECK(shape_error("adaptive_max_pool2d", "1", {{1, 257, 256}}) ==
          "a window of 65792 values, of 257x256 positions for 1x1, is larger than 65536");
  }

  TEST_CASE("layer_norm normalises the channels of each position") {
    LayerRun r("layer_norm", "{eps: 0.5}", {{4, 1, 2}}, 1);
    r.x[0] = {1, 2, 3, 4, -1, 0, 0, 1};
    r.parameters = {{1, 2, 1, -1}, {0, 0, 0.5, 1}};
    r.forward();
    // Mean 2.5, variance 1.25; mean 0, variance 0.5.
    const double a = 1 / std::sqrt(1.75);
    check_near(r.y, {-1.5 * a, -a, 0.5 * a + 0.5, 1 - 1.5 * a, -1, 0, 0.5, 0});
    CHECK(r.plan.parameters[0].shape == std::vector<std::int64_t>{4});
  }

  TEST_CASE("channel_scale multiplies each channel with its factor, and has no name but the layer's") {
    LayerRun r("channel_scale", "", {{2, 1, 2}}, 1);
    CHECK(r.parameters[0] == Numbers{1, 1});
    r.x[0] = {1, 2, 3, 4};
    r.parameters[0] = {10, -1};
    r.dy = {1, 1, 2, 1};
    r.forward();
    r.backward();
    CHECK(r.y == Numbers{10, -2, 30, -4});
    CHECK(r.dx[0] == Numbers{10, -1, 20, -1});
    CHECK(r.parameter_gradients[0] == Numbers{7, 6});
    CHECK(r.plan.parameters[0].name.empty());
    CHECK(r.plan.parameters[0].shape == std::vector<std::int64_t>{2, 1, 1});
  }

  TEST_CASE("linear may take the channels of each position for a vector") {
    LayerRun image("linear", "{out_features: 5, per_position: true}", {{3, 2, 2}}, 2);
    LayerRun vectors("linear", "5", {{3}}, 8);
    CHECK(image.plan.output == Shape{5, 2, 2});
    CHECK(image.plan.macs == 4 * vectors.plan.macs);
    for (LayerRun* r : {&image, &vectors}) {
      r->x[0] = image.x[0];
      r->parameters = image.parameters;
      r->dy = image.dy;
      r->forward();
      r->backward();
    }
    CHECK(same_bits(image.y, vectors.y));
    CHECK(same_bits(image.dx[0], vectors.dx[0]));
    CHECK(same_bits(image.parameter_gradients[0], vectors.parameter_gradients[0]));
    CHECK(shape_error("linear", "5", {{3, 2, 2}}) ==
          "linear expects a vector, got 3x2x2; put flatten or global_avg_pool before it");
  }
}

}  // namespace
}  // namespace cnnctl::testing
