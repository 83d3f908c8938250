#include "layer_run.hpp"

#include "base/error.hpp"
#include "layer_pass.hpp"

namespace cnnctl::testing {

LayerRun::LayerRun(Choice<Layer> made, Inputs given, const Workers* workers, std::unique_ptr<Workers> own)
    : layer(std::move(made)),
      inputs(std::move(given)),
      plan(layer->plan(inputs)),
      arrays(plan.parameters),
      n(inputs.batch),
      own_workers_(std::move(own)),
      workers_(workers != nullptr ? workers : own_workers_.get()) {
  for (const Fused& fused : inputs.behind)
    arrays.insert(arrays.end(), fused.parameters.begin(), fused.parameters.end());
  for (const Parameter& parameter : arrays) {
    parameters.emplace_back(static_cast<std::size_t>(parameter.count()));
    initialise(parameter.init, 1, parameter.name, parameters.back());
    parameter_gradients.emplace_back(parameters.back().size());
  }
  for (const Shape& shape : inputs.shapes) {
    x.push_back(random_numbers(inputs.batch * shape.count(), 10 + x.size()));
    dx.emplace_back(x.back().size(), real{1});
  }
  y.resize(static_cast<std::size_t>(inputs.batch * plan.output.count()));
  dy = random_numbers(static_cast<std::int64_t>(y.size()), 20);
}
LayerRun::LayerRun(Choice<Layer> made, Inputs given, const Workers& workers)
    : LayerRun(std::move(made), std::move(given), &workers, nullptr) {}
LayerRun::LayerRun(Choice<Layer> made, Inputs given)
    : LayerRun(std::move(made), std::move(given), nullptr, std::make_unique<Workers>(2)) {}

bool LayerRun::trains(std::size_t i) const {
  return inputs.parameter_gradients && !inputs.frozen && arrays[i].trainable();
}

void LayerRun::forward(bool again) {
  if (!again || !prepared_) prepared_.emplace(plan.bytes.prepared, how.dirt, how.shift);
  saved_.emplace(plan.bytes.saved, how.dirt, how.shift);
  LayerPass pass(*this, *workers_, *prepared_, *saved_);
  pass.forward(!again);
  if (inputs.mode == Mode::train) prepared_->soil();  // its bytes serve others until the next step
}

void LayerRun::backward(const std::vector<bool>& wanted) {
  Guarded prepared(plan.bytes.prepared_backward, how.dirt, how.shift);
  if (!saved_) saved_.emplace(plan.bytes.saved, how.dirt, how.shift);
  if (how.recompute) LayerPass(*this, *workers_, *prepared_, *saved_).recompute();
  LayerPass(*this, *workers_, prepared, *saved_).backward(wanted);
}

Fused fused(const Choice<Layer>& layer, const Shape& shape) {
  Fused found{layer->traits()};
  Choice<Layer> planned = layer;
  if (found.traits.batch_norm) found.parameters = planned->plan({.shapes = {shape}, .batch = 2}).parameters;
  return found;
}
Fused fused(std::string_view name, const std::string& yaml, const Shape& shape) {
  return fused(configure(layers(), name, yaml), shape);
}

bool fuse(const Layer& layer, Inputs& inputs, Fused next) {
  if (!layer.fuses(inputs, next.traits)) return false;
  inputs.behind.push_back(std::move(next));
  return true;
}

std::string shape_error(Choice<Layer> layer, const Inputs& inputs) {
  try {
    layer->plan(inputs);
  } catch (const ShapeError& error) {
    return error.what();
  }
  return {};
}
std::string shape_error(std::string_view name, const std::string& yaml, std::vector<Shape> shapes, std::int64_t batch) {
  return shape_error(configure(layers(), name, yaml), {.shapes = std::move(shapes), .batch = batch});
}

void check_accumulation(LayerRun& r) {
  r.forward();
  for (Numbers& gradient : r.dx) gradient.assign(gradient.size(), 1);
  const std::vector<Numbers> ones = r.dx;
  r.backward(false);
  for (std::size_t k = 0; k < ones.size(); ++k) CHECK(same_bits(r.dx[k], ones[k]));
  r.accumulate = true;
  r.backward();
  const std::vector<Numbers> sums = r.dx;
  r.accumulate = false;
  r.backward();
  for (std::size_t k = 0; k < sums.size(); ++k) {
    Numbers want = r.dx[k];
    for (real& value : want) value += 1;
    CHECK(close(sums[k], want, 1e-5));
  }
}

}  // namespace cnnctl::testing
