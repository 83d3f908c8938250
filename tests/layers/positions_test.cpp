// What layers make of shapes with none to three axes of positions: all that treat positions alike must not care how
// these are arranged.
#include "layer_run.hpp"

namespace cnnctl::testing {
namespace {

struct Case {
  const char* layer;
  const char* fields = "";
  std::size_t inputs = 1;
};

/// Layers that take any number of axes.
const std::vector<Case> kAny = {{"relu"},    {"leaky_relu"},     {"elu"},     {"sigmoid"},    {"tanh"},
                                {"softmax"}, {"dropout", "0.5"}, {"flatten"}, {"add", "", 2}, {"concat", "", 3}};

TEST_SUITE("layers") {
  LayerRun trained(const Case& c, const Shape& shape) {
    LayerRun run(c.layer, c.fields, std::vector<Shape>(c.inputs, shape), 3);
    run.forward();
    run.backward();
    return run;
  }

  void check_same(const Case& c, const Shape& shape, const Shape& image) {
    CAPTURE(c.layer);
    CAPTURE(shape.str());
    const LayerRun got = trained(c, shape), want = trained(c, image);
    CHECK(got.plan.output.count() == want.plan.output.count());
    CHECK(same_bits(got.y, want.y));
    for (std::size_t i = 0; i < c.inputs; ++i) CHECK(same_bits(got.dx[i], want.dx[i]));
    for (std::size_t i = 0; i < want.parameter_gradients.size(); ++i)
      CHECK(same_bits(got.parameter_gradients[i], want.parameter_gradients[i]));
  }

  TEST_CASE("a sequence and a volume give the bits of an image with as many positions") {
    for (const Case& c : kAny) {
      check_same(c, {5, 24}, {5, 4, 6});
      check_same(c, {5, 2, 4, 3}, {5, 4, 6});
      check_same(c, {5}, {5, 1, 1});
    }
    check_same({"global_avg_pool"}, {5, 24}, {5, 4, 6});
    check_same({"global_avg_pool"}, {5, 2, 4, 3}, {5, 4, 6});
  }

  TEST_CASE("batch_norm1d normalises the channels of a sequence, as batch_norm2d those of an image") {
    const LayerRun got = trained({"batch_norm1d", "{momentum: 0.2}"}, {5, 24});
    const LayerRun want = trained({"batch_norm2d", "{momentum: 0.2}"}, {5, 4, 6});
    CHECK(got.plan.output == Shape{5, 24});
    CHECK(same_bits(got.y, want.y));
    CHECK(same_bits(got.dx[0], want.dx[0]));
    for (std::size_t i = 0; i < want.parameters.size(); ++i) {
      CHECK(same_bits(got.parameters[i], want.parameters[i]));
      CHECK(same_bits(got.parameter_gradients[i], want.parameter_gradients[i]));
    }
  }

  TEST_CASE("output shapes keep every axis") {
    const Shape sequence{4, 9}, volume{4, 2, 3, 5};
    for (const Case& c : kAny) {
      CAPTURE(c.layer);
      if (c.layer == std::string("flatten") || c.layer == std::string("concat")) continue;
      CHECK(trained(c, sequence).plan.output == sequence);
      CHECK(trained(c, volume).plan.output == volume);
    }
    CHECK(LayerRun("concat", "", {{4, 9}, {2, 9}}, 2).plan.output == Shape{6, 9});
    CHECK(LayerRun("concat", "", {{4, 2, 3, 5}, {1, 2, 3, 5}}, 2).plan.output == Shape{5, 2, 3, 5});
    CHECK(LayerRun("flatten", "", {volume}, 2).plan.output == Shape{120});
    CHECK(LayerRun("global_avg_pool", "", {volume}, 2).plan.output == Shape{4});
  }

  TEST_CASE("concat joins channels at every position of a sequence, and refuses another length") {
    LayerRun r("concat", "", {{1, 2}, {2, 2}}, 1);
    r.x = {{1, 2}, {10, 11, 20, 21}};
    r.forward();
    CHECK(r.y == Numbers{1, 10, 11, 2, 20, 21});
    CHECK(shape_error("concat", "", {{1, 2}, {2, 3}}) ==
          "concat needs inputs that differ in channels alone, got 1x2 and 2x3");
    CHECK(shape_error("concat", "", {{1, 2, 2, 4}, {2, 2, 2, 3}}) ==
          "concat needs inputs that differ in channels alone, got 1x2x2x4 and 2x2x2x3");
    CHECK(shape_error("concat", "", {{4, 6}, {4, 2, 3}}) ==
          "concat needs inputs that differ in channels alone, got 4x6 and 4x2x3");
  }

  TEST_CASE("flatten gives PyTorch's order: channels, depth, height, width") {
    LayerRun r("flatten", "", {{2, 2, 1, 3}}, 1);
    r.x[0] = {1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60};  // both channels of each position in memory
    r.forward();
    CHECK(r.y == Numbers{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60});
    r.dy = r.y;
    r.backward();
    CHECK(r.dx[0] == r.x[0]);
    LayerRun sequence("flatten", "", {{2, 3}}, 1);
    sequence.x[0] = {1, 10, 2, 20, 3, 30};
    sequence.forward();
    CHECK(sequence.y == Numbers{1, 2, 3, 10, 20, 30});
  }

  TEST_CASE("layers of images refuse what is none, with what they expect") {
    const std::string image = "expects an image (channels x height x width), got ";
    for (const Case& c : {Case{"conv2d", "{out_channels: 4, kernel_size: 1}"}, Case{"max_pool2d", "1"},
                          Case{"avg_pool2d", "1"}, Case{"batch_norm2d"}}) {
      CAPTURE(c.layer);
      CHECK(shape_error(c.layer, c.fields, {{4}}) == image + "4");
      CHECK(shape_error(c.layer, c.fields, {{4, 9}}) == image + "4x9");
      CHECK(shape_error(c.layer, c.fields, {{4, 2, 3, 5}}) == image + "4x2x3x5");
    }
    CHECK(shape_error("linear", "3", {{4, 9}}) ==
          "linear expects a vector, got 4x9; put flatten or global_avg_pool before it");
  }
}

}  // namespace
}  // namespace cnnctl::testing
