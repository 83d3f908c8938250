// What layers do of which nothing is trained, or not everything.
#include "layer_run.hpp"

namespace cnnctl::testing {
namespace {

/// Runs that differ in nothing but in what is wanted of them; `norm` statistics such as training leaves behind.
LayerRun frozen_norm(const std::vector<const char*>& behind, Mode mode) {
  const Choice<Layer> layer = configure(layers(), "batch_norm2d");
  Inputs inputs{.shapes = {{3, 4, 6}}, .mode = mode, .batch = 3, .parameter_gradients = false, .frozen = true};
  for (const char* const name : behind) {
    REQUIRE(fuse(*layer, inputs, fused(name, std::string(name) == "max_pool2d" ? "2" : "")));
    if (std::string(name) == "add") inputs.shapes.push_back(inputs.shapes[0]);
  }
  LayerRun r(layer, inputs);
  r.parameters = {{2, -1, real(0.5)}, {1, -2, 0}, {real(0.25), -1, 2}, {4, real(0.5), 1}};
  return r;
}

}  // namespace

TEST_SUITE("layers") {
  TEST_CASE("a frozen batch norm is in training what it is in inference, with exact gradients, and changes nothing") {
    const std::vector<std::vector<const char*>> kBehind = {
        {}, {"tanh"}, {"add"}, {"add", "sigmoid"}, {"max_pool2d"}, {"max_pool2d", "tanh"}};
    for (const std::vector<const char*>& behind : kBehind) {
      CAPTURE(behind.size());
      LayerRun r = frozen_norm(behind, Mode::train), infer = frozen_norm(behind, Mode::infer);
      CHECK(r.layer->gathering() == nullptr);
      CHECK(r.plan.bytes.saved == 0);
      CHECK(r.plan.reads.input == (!behind.empty() && behind[0] == std::string("max_pool2d")));
      const std::vector<Numbers> before = r.parameters;
      r.forward();
      infer.forward();
      CHECK(r.y == infer.y);
      for (Numbers& gradient : r.parameter_gradients) gradient.assign(gradient.size(), 7);
      r.backward();
      CHECK(r.parameters == before);
      for (const Numbers& gradient : r.parameter_gradients) CHECK(gradient == Numbers(3, 7));
      check_gradients(r);
      check_accumulation(r);
    }
  }

  TEST_CASE("a frozen batch norm takes a batch of one value") {
    const Inputs inputs{.shapes = {{3, 1, 1}}, .batch = 1, .parameter_gradients = false, .frozen = true};
    CHECK(shape_error(configure(layers(), "batch_norm2d"), inputs).empty());
  }

  TEST_CASE("without wanted gradients of parameters none is reserved for, computed, or read for") {
    for (const auto& [name, yaml, shape] : std::vector<std::tuple<const char*, const char*, Shape>>{
             {"linear", "5", {7}},
             {"conv2d", "{out_channels: 4, kernel_size: 3}", {3, 8, 8}},
             {"conv2d", "{out_channels: 4, kernel_size: 1}", {3, 8, 8}},
             {"conv2d", "{out_channels: 9, kernel_size: 5, stride: 2}", {6, 9, 9}}}) {
      CAPTURE(name);
      CAPTURE(yaml);
      const Choice<Layer> layer = configure(layers(), name, yaml);
      Inputs inputs{.shapes = {shape}, .batch = 3};
      LayerRun all(layer, inputs);
      inputs.parameter_gradients = false;
      LayerRun r(layer, inputs);
      CHECK(all.layer->summing() != nullptr);
      CHECK(all.plan.reads.input);
      CHECK(r.layer->summing() == nullptr);
      CHECK_FALSE(r.plan.reads.input);
      CHECK(r.plan.bytes.parameter_sum + r.plan.bytes.parameter_scratch == 0);
      for (Numbers& gradient : r.parameter_gradients) gradient.assign(gradient.size(), 7);
      for (LayerRun* const run : {&all, &r}) run->forward();
      r.x[0].assign(r.x[0].size(), std::numeric_limits<real>::quiet_NaN());
      for (LayerRun* const run : {&all, &r}) run->backward();
      CHECK(r.y == all.y);
      CHECK(r.dx == all.dx);
      for (const Numbers& gradient : r.parameter_gradients) CHECK(gradient == Numbers(gradient.size(), 7));
    }
  }
}

}  // namespace cnnctl::testing
