#include <algorithm>
#include <cmath>
#include <set>

#include "config/doc.hpp"
#include "layer_run.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("layers") {
  TEST_CASE("every layer of the catalogue has a name of its own, a summary and an example that can be read") {
    std::set<std::string_view> names;
    for (const Kind<Layer>* kind : layers().kinds()) {
      CAPTURE(kind->name);
      CHECK(names.insert(kind->name).second);
      CHECK(kind->name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos);
      CHECK(line_of(kind->summary, 0).ends_with('.'));
      CHECK_NOTHROW(configure(layers(), std::string(kind->name), std::string(kind->example)));
      CHECK(layers().find(kind->name) == kind);
    }
    CHECK(names.size() > 10);
  }

  TEST_CASE("activations: gradients, accumulation, and what a neighbour may absorb") {
    for (const char* name : {"relu", "leaky_relu", "elu", "sigmoid", "tanh"}) {
      CAPTURE(name);
      LayerRun r(name, "", {{3, 4, 5}}, 2);
      for (real& v : r.x[0]) v += v > 0 ? real(0.1) : real(-0.1);  // away from the kink
      check_gradients(r);
      check_accumulation(r);
      CHECK(r.plan.in_place.forward);
      CHECK(r.plan.reads.output);
      CHECK_FALSE(r.plan.reads.input);
      CHECK(r.layer->traits().activation.has_value());
    }
    LayerRun slope("leaky_relu", "0.25", {{2}}, 1), alpha("elu", "2", {{2}}, 1);
    slope.x[0] = alpha.x[0] = {-4, 3};
    slope.forward();
    alpha.forward();
    CHECK(slope.y == Numbers{-1, 3});
    CHECK(alpha.y[0] == doctest::Approx(2 * std::expm1(-4.0)));
  }

  TEST_CASE("softmax works over the channels of each pixel") {
    LayerRun r("softmax", "", {{3, 2, 2}}, 2);
    check_gradients(r);
    check_accumulation(r);
    for (std::size_t pixel = 0; pixel < 8; ++pixel)
      CHECK(r.y[3 * pixel] + r.y[3 * pixel + 1] + r.y[3 * pixel + 2] == doctest::Approx(1));
  }

  TEST_CASE("pooling: values and gradients") {
    LayerRun max("max_pool2d", "2", {{1, 2, 4}}, 1);
    max.x[0] = {1, 2, 5, 6, 3, 4, 8, 7};
    max.dy = {10, 20};
    max.forward();
    max.backward();
    CHECK(max.y == Numbers{4, 8});
    CHECK(max.dx[0] == Numbers{0, 0, 0, 0, 0, 10, 20, 0});
    LayerRun avg("avg_pool2d", "{kernel_size: 2, padding: 1}", {{1, 2, 2}}, 1);
    avg.x[0] = {4, 8, 12, 16};
    avg.forward();
    CHECK(avg.y == Numbers{1, 2, 3, 4});
    LayerRun inside("avg_pool2d", "{kernel_size: 2, padding: 1, count_include_pad: false}", {{1, 2, 2}}, 1);
    inside.x[0] = {4, 8, 12, 16};
    inside.forward();
    CHECK(inside.y == inside.x[0]);
    LayerRun global("global_avg_pool", "", {{2, 1, 2}}, 1);
    global.x[0] = {1, 10, 3, 20};
    global.forward();
    CHECK(global.y == Numbers{2, 15});
    CHECK(global.plan.output == Shape{2});
    for (const char* name : {"avg_pool2d", "max_pool2d"}) {
      LayerRun r(name, "{kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}", {{5, 6, 7}}, 2);
      check_gradients(r);
      check_accumulation(r);
    }
    check_gradients(global);
    check_accumulation(global);
  }

  TEST_CASE("max pooling keeps the places of winners for training alone") {
    CHECK(LayerRun("max_pool2d", "2", {{3, 8, 8}}, 4).plan.bytes.saved == 4 * 4 * 4 * 16);
    LayerRun infer("max_pool2d", "2", {{3, 8, 8}}, 4, Mode::infer);
    CHECK(infer.plan.bytes.saved == 0);
    LayerRun train("max_pool2d", "2", {{3, 8, 8}}, 4);
    infer.forward();
    train.forward();
    CHECK(infer.y == train.y);
  }

  TEST_CASE("pooling refuses what does not fit") {
    CHECK(shape_error("max_pool2d", "5", {{8, 3, 3}}) ==
          "window 5x5 does not fit the input 3x3 with padding 0 (output height = (3 + 2*0 - 5) / 5 + 1 = 0)");
    CHECK(shape_error("avg_pool2d", "{kernel_size: 2, padding: 2}", {{8, 4, 4}}) ==
          "padding must be less than the window 2x2, or a window could hold nothing but padding");
    CHECK(shape_error("max_pool2d", "2", {{8}}) == "expects an image (channels x height x width), got 8");
    CHECK(shape_error("max_pool2d", "300", {{1, 400, 400}}) == "window 300x300 holds more than 65536 values");
    CHECK(shape_error("global_avg_pool", "", {{8}}) ==
          "global_avg_pool needs positions to average over, got 8 features");
  }

  TEST_CASE("flatten orders channels, rows, columns, as PyTorch does") {
    LayerRun r("flatten", "", {{2, 1, 3}}, 1);
    r.x[0] = {1, 10, 2, 20, 3, 30};  // pixel by pixel in memory
    r.forward();
    CHECK(r.y == Numbers{1, 2, 3, 10, 20, 30});
    r.dy = r.y;
    r.backward();
    CHECK(r.dx[0] == r.x[0]);
    CHECK_FALSE(r.plan.in_place.forward);
    check_accumulation(r);
    LayerRun pixel("flatten", "", {{7, 1, 1}}, 2), gray("flatten", "", {{1, 3, 3}}, 2);
    for (LayerRun* same : {&pixel, &gray}) {
      same->forward();
      CHECK(same->plan.in_place.forward);
      CHECK(same->y == same->x[0]);
      check_accumulation(*same);
    }
  }

  TEST_CASE("dropout drops in training, differently each step, and hands gradients the same mask") {
    LayerRun r("dropout", "0.25", {{1000}}, 4);
    r.x[0] = Numbers(4000, 3);
    r.dy = Numbers(4000, 3);
    r.forward();
    r.backward();
    CHECK(r.dx[0] == r.y);
    CHECK(std::count(r.y.begin(), r.y.end(), real{0}) == doctest::Approx(1000).epsilon(0.15));
    CHECK(std::count(r.y.begin(), r.y.end(), real{4}) + std::count(r.y.begin(), r.y.end(), real{0}) == 4000);
    check_accumulation(r);
    const Numbers first = r.y;
    r.step = 3;
    r.forward();
    CHECK(r.y != first);
    LayerRun infer("dropout", "", {{50}}, 2, Mode::infer);
    infer.forward();
    CHECK(infer.y == infer.x[0]);
    CHECK(infer.layer->traits().identity_in_inference);
    LayerRun none("dropout", "0", {{50}}, 2);
    none.forward();
    CHECK(none.y == none.x[0]);
  }

  TEST_CASE("add sums its inputs") {
    LayerRun r("add", "", {{3, 2, 2}, {3, 2, 2}, {3, 2, 2}}, 2);
    r.forward();
    CHECK(r.y[7] == (r.x[0][7] + r.x[1][7]) + r.x[2][7]);
    r.backward();
    for (const Numbers& dx : r.dx) CHECK(dx == r.dy);
    check_accumulation(r);
    CHECK(r.layer->arity().first == 2);
    CHECK(shape_error("add", "", {{16, 8, 8}, {32, 8, 8}}) == "add needs inputs of one shape, got 16x8x8 and 32x8x8");
    CHECK(shape_error("add", "", {{4}, {4, 1, 1}}) == "add needs inputs of one shape, got 4 and 4x1x1");
  }

  TEST_CASE("concat puts channels one behind the other") {
    LayerRun r("concat", "", {{1, 1, 2}, {2, 1, 2}}, 1);
    r.x = {{1, 2}, {10, 11, 20, 21}};
    r.forward();
    CHECK(r.plan.output == Shape{3, 1, 2});
    CHECK(r.y == Numbers{1, 10, 11, 2, 20, 21});
    r.dy = r.y;
    r.backward();
    CHECK(r.dx == r.x);
    check_accumulation(r);
    CHECK(LayerRun("concat", "", {{4}, {5}}, 2).plan.output == Shape{9});
    CHECK(shape_error("concat", "", {{16, 8, 8}, {16, 4, 4}}) ==
          "concat needs inputs that differ in channels alone, got 16x8x8 and 16x4x4");
    CHECK_FALSE(shape_error("concat", "", {{16}, {16, 1, 1}}).empty());
  }
}

}  // namespace
}  // namespace cnnctl::testing
