// The laws that every layer of the catalogue keeps, tried on its own example.
#include <doctest/doctest.h>

#include <cmath>

#include "config/codec.hpp"
#include "config/yaml.hpp"
#include "layer_run.hpp"

namespace cnnctl {
namespace {

using testing::configure;
using testing::LayerRun;
using testing::Numbers;
using testing::same_bits;

/// Inputs that the layer accepts: images if it takes them, else vectors; as many as it needs.
std::vector<Shape> fitting_inputs(const Choice<Layer>& layer) {
  for (const Shape& shape : {Shape{6, 7, 5}, Shape{12}}) {
    const std::vector<Shape> shapes(static_cast<std::size_t>(layer->arity().first), shape);
    Choice<Layer> copy = layer;
    if (testing::shape_error(*copy, shapes).empty()) return shapes;
  }
  FAIL("no input fits");
  return {};
}

Choice<Layer> example(std::string_view name) {
  return configure(layers(), name, std::string(layers().find(name)->example));
}

/// What layers take over from those behind them. No kinks, for the sake of numeric gradients.
const std::vector<std::vector<std::string_view>> kFused = {{"conv2d", "tanh"},
                                                           {"conv2d", "max_pool2d"},
                                                           {"conv2d", "max_pool2d", "tanh"},
                                                           {"linear", "sigmoid"},
                                                           {"max_pool2d", "tanh"},
                                                           {"batch_norm2d", "tanh"},
                                                           {"batch_norm2d", "add", "tanh"},
                                                           {"batch_norm2d", "max_pool2d"},
                                                           {"batch_norm2d", "max_pool2d", "tanh"}};

/// Calls body(layer, inputs) for every entry, alone and with what it absorbs, with the names in every message.
template <class Body>
void for_layers(const Body& body) {
  const auto visit = [&](const std::vector<std::string_view>& names) {
    for (const std::string_view name : names) CAPTURE(name);
    const Choice<Layer> layer = example(names[0]);
    const std::vector<Shape> inputs = fitting_inputs(layer);
    for (std::size_t i = 1; i < names.size(); ++i)
      REQUIRE(layer->absorb(example(names[i])->traits(), Mode::train, inputs[0]));
    body(layer, fitting_inputs(layer));
  };
  for (const Kind<Layer>* kind : layers().kinds()) visit({kind->name});
  for (const std::vector<std::string_view>& names : kFused) visit(names);
}

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("every layer: name and summary are there, and the example is legal") {
    for_layers([](const Choice<Layer>& layer, const std::vector<Shape>&) {
      CHECK(!layer.kind->name.empty());
      CHECK(layer.kind->summary.ends_with('.'));
    });
  }

  TEST_CASE("every layer: what is written as YAML reads back the same") {
    for_layers([](const Choice<Layer>& layer, const std::vector<Shape>&) {
      const std::string first = write_yaml(write_fields(*layer));
      const Choice<Layer> again = configure(layers(), layer.kind->name, first);
      CHECK(write_yaml(write_fields(*again)) == first);
    });
  }

  TEST_CASE("every layer: forward writes all of its output, and finite numbers") {
    for_layers([&](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      for (const Mode mode : {Mode::train, Mode::infer}) {
        LayerRun run(layer, shapes, 3, mode);
        std::fill(run.y.begin(), run.y.end(), real(NAN));
        run.forward();
        for (const real value : run.y) REQUIRE(std::isfinite(value));
      }
    });
  }

  TEST_CASE("every layer: the same bits for 1, 2, 3 and 8 workers of both kinds, forward and backward") {
    for_layers([](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      LayerRun want(layer, shapes, 9, Mode::train, 1);
      want.forward();
      want.backward();
      for (const int count : {2, 3, 8})
        for (const Workers::Backend backend : {Workers::Backend::tbb, Workers::Backend::threads}) {
          LayerRun got(layer, shapes, 9, Mode::train, count, backend);
          got.forward();
          got.backward();
          CHECK(same_bits(got.y, want.y));
          for (std::size_t i = 0; i < shapes.size(); ++i) CHECK(same_bits(got.dx[i], want.dx[i]));
          for (std::size_t i = 0; i < want.parameters.size(); ++i)
            CHECK(same_bits(got.parameter_gradients[i], want.parameter_gradients[i]));
        }
    });
  }

  TEST_CASE("every layer: a batch in parts gives the bits of the whole batch, forward and backward") {
    for_layers([](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      for (const Mode mode : {Mode::train, Mode::infer}) {
        LayerRun whole(layer, shapes, 9, mode), parts(layer, shapes, 9, mode);
        parts.part = 2;
        for (LayerRun* run : {&whole, &parts}) {
          run->forward();
          if (mode == Mode::train) run->backward();
        }
        CHECK(same_bits(parts.y, whole.y));
        for (std::size_t i = 0; i < shapes.size(); ++i) CHECK(same_bits(parts.dx[i], whole.dx[i]));
        for (std::size_t i = 0; i < whole.parameters.size(); ++i)
          CHECK(same_bits(parts.parameter_gradients[i], whole.parameter_gradients[i]));
      }
    });
  }

  TEST_CASE("every layer: in inference a sample's result does not depend on the batch around it") {
    for_layers([&](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      LayerRun all(layer, shapes, 5, Mode::infer), one(layer, shapes, 1, Mode::infer);
      all.forward();
      for (std::size_t n = 0; n < 5; ++n) {
        for (std::size_t i = 0; i < shapes.size(); ++i)
          std::copy_n(all.x[i].data() + n * one.x[i].size(), one.x[i].size(), one.x[i].data());
        one.forward();
        const auto first = all.y.begin() + static_cast<std::ptrdiff_t>(n * one.y.size());
        CHECK(same_bits(one.y, Numbers(first, first + static_cast<std::ptrdiff_t>(one.y.size()))));
      }
    });
  }

  TEST_CASE("every layer: `accumulate` adds to the gradient of the input") {
    for_layers([&](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      LayerRun written(layer, shapes, 3), added(layer, shapes, 3);
      written.forward();
      written.backward();
      added.accumulate = true;  // to ones
      added.forward();
      added.backward();
      for (std::size_t i = 0; i < shapes.size(); ++i)
        for (std::size_t j = 0; j < written.dx[i].size(); ++j)
          REQUIRE(added.dx[i][j] == doctest::Approx(written.dx[i][j] + 1).epsilon(1e-5));
    });
  }

  // Single precision only tells gross mistakes; `make exact` asks for 1e-6.
  TEST_CASE("every layer: analytic gradients are the numeric ones, for every input and every parameter") {
    for_layers([&](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      LayerRun run(layer, shapes, 4);
      testing::check_gradients(run);
    });
  }
}

}  // namespace cnnctl
