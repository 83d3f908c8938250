// The laws that every layer of the catalogue keeps, tried on its own example.
#include <doctest/doctest.h>

#include <cmath>

#include "../configure.hpp"
#include "config/codec.hpp"
#include "config/yaml.hpp"
#include "contract/harness.hpp"

namespace cnnctl {
namespace {

using testing::configure;
using testing::fitting_inputs;
using testing::LayerRun;
using testing::same_bits;

/// Calls body(layer, inputs) for every entry, with its name in every message.
template <class Body>
void for_layers(const Body& body) {
  for (const Kind<Layer>* kind : layers().kinds()) {
    CAPTURE(kind->name);
    const Choice<Layer> layer = configure(layers(), kind->name, std::string(kind->example));
    body(layer, fitting_inputs(layer));
  }
}

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("every layer: name, summary and example are there, and the example is legal") {
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
    const Workers workers(2);
    for_layers([&](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      for (const Mode mode : {Mode::train, Mode::infer}) {
        LayerRun run(layer, shapes, 3, mode, workers);
        std::fill(run.output().span().begin(), run.output().span().end(), real(NAN));
        run.forward();
        for (const real value : run.output().span()) REQUIRE(std::isfinite(value));
      }
    });
  }

  TEST_CASE("every layer: the same bits for 1, 2, 3 and 8 workers of both kinds, forward and backward") {
    for_layers([](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      const Workers one(1);
      LayerRun want(layer, shapes, 9, Mode::train, one);
      want.forward();
      want.backward();
      for (const int count : {2, 3, 8})
        for (const Workers::Backend backend : {Workers::Backend::tbb, Workers::Backend::threads}) {
          const Workers workers(count, backend);
          LayerRun got(layer, shapes, 9, Mode::train, workers);
          got.forward();
          got.backward();
          CHECK(same_bits(got.output(), want.output()));
          for (std::size_t i = 0; i < shapes.size(); ++i)
            CHECK(same_bits(got.input_gradients()[i], want.input_gradients()[i]));
          for (std::size_t i = 0; i < want.parameters().size(); ++i)
            CHECK(same_bits(got.parameter_gradients()[i], want.parameter_gradients()[i]));
        }
    });
  }

  TEST_CASE("every layer: in inference a sample's result does not depend on the batch around it") {
    const Workers workers(2);
    for_layers([&](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      LayerRun all(layer, shapes, 5, Mode::infer, workers), one(layer, shapes, 1, Mode::infer, workers);
      all.forward();
      for (std::int64_t n = 0; n < 5; ++n) {
        for (std::size_t i = 0; i < shapes.size(); ++i)
          std::copy_n(all.inputs()[i].data() + n * shapes[i].count(), shapes[i].count(), one.inputs()[i].data());
        one.forward();
        const std::int64_t count = one.output().count();
        CHECK(std::memcmp(all.output().data() + n * count, one.output().data(),
                          static_cast<std::size_t>(count) * sizeof(real)) == 0);
      }
    });
  }

  TEST_CASE("every layer: `accumulate` adds to the gradient of the input") {
    const Workers workers(2);
    for_layers([&](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      LayerRun written(layer, shapes, 3, Mode::train, workers), added(layer, shapes, 3, Mode::train, workers);
      written.forward();
      written.backward();
      for (Tensor& t : added.input_gradients()) std::fill(t.span().begin(), t.span().end(), real{1});
      added.forward();
      added.backward(true);
      for (std::size_t i = 0; i < shapes.size(); ++i)
        for (std::int64_t j = 0; j < written.input_gradients()[i].count(); ++j)
          REQUIRE(added.input_gradients()[i].data()[j] ==
                  doctest::Approx(written.input_gradients()[i].data()[j] + 1).epsilon(1e-5));
    });
  }

#ifdef CNNCTL_DOUBLE
  // In single precision the difference quotient itself is wrong by percents; `make exact` runs this.
  TEST_CASE("every layer: analytic gradients are the numeric ones, for every input and every parameter") {
    const Workers workers(2);
    const auto check = [](LayerRun& run, Tensor& variable, const Tensor& gradient) {
      constexpr double kStep = 1e-5;
      for (std::int64_t i = 0; i < variable.count(); i += 1 + variable.count() / 200) {
        CAPTURE(i);
        real& value = variable.data()[i];
        const real before = value;
        value = before + kStep;
        const double above = run.weighted_output();
        value = before - kStep;
        const double below = run.weighted_output();
        value = before;
        CHECK(gradient.data()[i] == doctest::Approx((above - below) / (2 * kStep)).epsilon(1e-6));
      }
    };
    for_layers([&](const Choice<Layer>& layer, const std::vector<Shape>& shapes) {
      LayerRun run(layer, shapes, 4, Mode::train, workers);
      run.forward();
      run.backward();
      for (std::size_t i = 0; i < shapes.size(); ++i) check(run, run.inputs()[i], run.input_gradients()[i]);
      for (std::size_t i = 0; i < run.parameters().size(); ++i)
        if (run.plan().parameters[i].trainable()) check(run, run.parameters()[i], run.parameter_gradients()[i]);
    });
  }
#endif
}

}  // namespace cnnctl
