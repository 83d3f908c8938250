// A layer on a bench: made from YAML, planned, given memory, and run forward and back on its own.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "configure.hpp"
#include "layers/layer.hpp"
#include "numbers.hpp"

namespace cnnctl::testing {

/// Layer, memory and values. What backward says that it does not read of the output is NaN.
struct LayerRun {
  Choice<Layer> layer;
  Inputs inputs;
  Plan plan;
  std::vector<Numbers> parameters, parameter_gradients;
  std::vector<Numbers> x, dx;  // dx starts as ones
  Numbers y, dy;               // dy: random
  bool accumulate = false;
  std::uint64_t seed = 1, step = 2;

  LayerRun(Choice<Layer> made, std::vector<Shape> shapes, std::int64_t batch, Mode mode = Mode::train, int workers = 2,
           Workers::Backend backend = Workers::Backend::tbb)
      : layer(std::move(made)), workers_(std::make_unique<Workers>(workers, backend)) {
    inputs = {.shapes = std::move(shapes), .mode = mode, .batch = batch, .group = 2};
    plan = layer->plan(inputs);
    for (const Parameter& parameter : plan.parameters) {
      parameters.emplace_back(static_cast<std::size_t>(parameter.count()));
      initialise(parameter.init, 1, parameter.name, parameters.back());
      parameter_gradients.emplace_back(parameters.back().size());
    }
    for (const Shape& shape : inputs.shapes) {
      x.push_back(random_numbers(batch * shape.count(), 10 + x.size()));
      dx.emplace_back(x.back().size(), real{1});
    }
    y.resize(static_cast<std::size_t>(batch * plan.output.count()));
    dy = random_numbers(static_cast<std::int64_t>(y.size()), 20);
    prepared_.resize(std::max(plan.prepared, plan.prepared_backward));
    prepare_scratch_.resize(plan.prepare_scratch);
    saved_.resize(plan.saved);
    scratch_.resize(std::max(plan.scratch, plan.parameter_scratch));
    worker_bytes_ = aligned(plan.worker_scratch);
    worker_scratch_.resize(worker_bytes_ * static_cast<std::size_t>(workers));
  }
  LayerRun(std::string_view name, const std::string& yaml, std::vector<Shape> shapes, std::int64_t batch,
           Mode mode = Mode::train)
      : LayerRun(configure(layers(), name, yaml), std::move(shapes), batch, mode) {}

  void forward() {
    Common c(*this);
    if (plan.prepared > 0)
      layer->prepare({*workers_, Direction::forward, c.parameters, prepared_.data(), prepare_scratch_.data()});
    const auto call = [&](std::int64_t first, std::int64_t n) {
      return Forward{c.run(*this, first, n), View{y.data() + first * plan.output.count(), n, plan.output}};
    };
    if (plan.gathers) {
      for_parts([&](std::int64_t first, std::int64_t n) { layer->gather(call(first, n)); });
      layer->settle(call(0, inputs.batch));
    }
    for_parts([&](std::int64_t first, std::int64_t n) { layer->forward(call(first, n)); });
  }

  void backward(bool wanted = true) {
    Common c(*this);
    if (plan.prepared_backward > 0)
      layer->prepare({*workers_, Direction::backward, c.parameters, prepared_.data(), prepare_scratch_.data()});
    std::vector<real*> parameter_slots;
    for (std::size_t i = 0; i < parameters.size(); ++i)
      parameter_slots.push_back(plan.parameters[i].trainable() ? parameter_gradients[i].data() : nullptr);
    Numbers destroyed = dy;
    const Numbers nothing(y.size(), std::numeric_limits<real>::quiet_NaN());
    std::vector<Gradient> gradients;
    const auto call = [&](std::int64_t first, std::int64_t n) {
      gradients.clear();
      for (std::size_t i = 0; i < dx.size(); ++i)
        gradients.push_back({wanted ? dx[i].data() + first * inputs.shapes[i].count() : nullptr, accumulate});
      const std::int64_t at = first * plan.output.count();
      return Backward{c.run(*this, first, n),
                      {(plan.backward_reads_output ? y.data() : nothing.data()) + at, n, plan.output},
                      {destroyed.data() + at, n, plan.output},
                      gradients,
                      parameter_slots};
    };
    if (plan.gathers) {
      for_parts([&](std::int64_t first, std::int64_t n) { layer->gather_gradient(call(first, n)); });
      layer->settle_gradient(call(0, inputs.batch));
    }
    for_parts([&](std::int64_t first, std::int64_t n) { layer->backward(call(first, n)); });
    if (plan.parameter_sum == 0) return layer->backward_parameters(call(0, inputs.batch));
    ParameterSums sums{nullptr, std::min<std::int64_t>(inputs.batch, 2)};
    std::vector<std::byte> memory(plan.parameter_sum * static_cast<std::size_t>(sums.count), std::byte{0xff});
    sums.memory = memory.data();
    for (std::int64_t i = 0; i < inputs.batch; ++i) {
      sums.index = i * sums.count / inputs.batch;
      sums.first = i == 0 || sums.index != (i - 1) * sums.count / inputs.batch;
      layer->add_parameters(call(i, 1), sums);
    }
    layer->join_parameters(call(0, inputs.batch), sums);
  }

  /// Samples of a part, where the layer may be called for parts; 0: the whole batch.
  std::int64_t part = 0;

 private:
  template <class Body>
  void for_parts(const Body& body) const {
    const std::int64_t size = plan.by_sample && part > 0 ? part : inputs.batch;
    for (std::int64_t first = 0; first < inputs.batch; first += size) body(first, std::min(size, inputs.batch - first));
  }

  /// The views of one call.
  struct Common {
    std::vector<ConstView> views;
    std::vector<real*> parameters;

    explicit Common(LayerRun& r) : views(r.x.size()) {
      for (Numbers& values : r.parameters) parameters.push_back(values.data());
    }
    Run run(LayerRun& r, std::int64_t first, std::int64_t n) {
      for (std::size_t i = 0; i < r.x.size(); ++i)
        views[i] = {r.x[i].data() + first * r.inputs.shapes[i].count(), n, r.inputs.shapes[i]};
      return {*r.workers_,
              r.inputs.mode,
              first,
              n,
              r.inputs.batch,
              views,
              parameters,
              r.prepared_.data(),
              r.saved_.data(),
              r.scratch_.data(),
              r.worker_scratch_.data(),
              r.worker_bytes_,
              r.seed,
              r.step,
              3};
    }
  };

  std::unique_ptr<Workers> workers_;
  std::vector<std::byte> prepared_, prepare_scratch_, saved_, scratch_, worker_scratch_;
  std::size_t worker_bytes_ = 0;
};

/// The message of the ShapeError that planning ends with; empty if it does not.
inline std::string shape_error(Layer& layer, std::vector<Shape> shapes, std::int64_t batch = 2) {
  try {
    layer.plan({.shapes = std::move(shapes), .batch = batch});
  } catch (const ShapeError& error) {
    return error.what();
  }
  return {};
}
inline std::string shape_error(std::string_view name, const std::string& yaml, std::vector<Shape> shapes,
                               std::int64_t batch = 2) {
  return shape_error(*configure(layers(), name, yaml), std::move(shapes), batch);
}

/// Compares the analytic gradients of sum(dy * y) with differences of two runs, in some places of every input and
/// parameter. Inputs must keep away from kinks.
inline void check_gradients(LayerRun& r) {
  const auto loss = [&r] {
    r.forward();
    double sum = 0;
    for (std::size_t i = 0; i < r.y.size(); ++i) sum += double{r.y[i]} * r.dy[i];
    return sum;
  };
  loss();
  r.backward();
  const double h = sizeof(real) == 8 ? 1e-5 : 4e-3, tolerance = sizeof(real) == 8 ? 1e-6 : 1e-2;
  const auto compare = [&](Numbers& values, const Numbers& gradient, const std::string& what) {
    for (std::size_t i = 0; i < values.size(); i += 1 + values.size() / 7) {
      const real before = values[i];
      values[i] = static_cast<real>(before + h);
      const double up = values[i], above = loss();
      values[i] = static_cast<real>(before - h);
      const double down = values[i], below = loss();
      values[i] = before;
      CAPTURE(what);
      CAPTURE(i);
      const double want = (above - below) / (up - down);
      CHECK(std::abs(gradient[i] - want) < tolerance * (1 + std::abs(want)));
    }
  };
  for (std::size_t i = 0; i < r.x.size(); ++i) compare(r.x[i], r.dx[i], "input " + std::to_string(i));
  for (std::size_t i = 0; i < r.parameters.size(); ++i)
    if (r.plan.parameters[i].trainable()) compare(r.parameters[i], r.parameter_gradients[i], r.plan.parameters[i].name);
}

/// Gradients that are added to ones are those that are written, plus one; and none is written where none is wanted.
inline void check_accumulation(LayerRun& r) {
  r.forward();
  for (Numbers& gradient : r.dx) gradient.assign(gradient.size(), 1);
  const std::vector<Numbers> ones = r.dx;
  r.backward(false);
  CHECK(r.dx == ones);
  r.accumulate = true;
  r.backward();
  const std::vector<Numbers> sums = r.dx;
  r.accumulate = false;
  r.backward();
  for (std::size_t k = 0; k < sums.size(); ++k)
    for (std::size_t i = 0; i < sums[k].size(); ++i)
      REQUIRE(sums[k][i] == doctest::Approx(r.dx[k][i] + 1).epsilon(1e-5));
}

}  // namespace cnnctl::testing
