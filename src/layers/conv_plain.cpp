#include "layers/conv_plain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/conv/choice.hpp"

namespace cnnctl {
namespace {

constexpr std::size_t kCachedWeights = 1 << 20;  // bytes of weights that a worker may read again for every part

kernels::ConvScratch scratch(const Run& r) {
  return {r.memory.scratch, r.memory.worker_scratch, r.memory.worker_scratch_bytes};
}

/// What suits single parts of a batch.
bool by_sample(const kernels::ConvNeeds& needs) { return needs.shared == 0 && needs.prepared <= kCachedWeights; }

}  // namespace

void ConvPlain::plan(const kernels::ConvGeometry& geometry, const Inputs& inputs, Plan& plan) {
  geometry_ = geometry;
  forward_ = &kernels::choose_forward(geometry, inputs.winograd);
  const kernels::ConvNeeds needs = forward_->needs(geometry);
  plan.output = {geometry.k, geometry.oh, geometry.ow};
  plan.by_sample = by_sample(needs);
  plan.bytes.scratch = needs.shared;
  plan.bytes.worker_scratch = needs.worker;
  weight_ = nullptr;
  input_ = nullptr;
  if (inputs.mode == Mode::train && inputs.parameter_gradients) plan_weight_gradient(inputs, plan);
  if (inputs.mode == Mode::train && inputs.input_gradient) plan_input_gradient(inputs, plan);
  plan.algorithm = algorithms();
}

void ConvPlain::plan_weight_gradient(const Inputs& inputs, Plan& plan) {
  weight_ = &kernels::choose_weight_gradient(geometry_, inputs.winograd);
  const kernels::ConvNeeds needs = weight_->needs(geometry_);
  plan.bytes.worker_scratch = std::max(plan.bytes.worker_scratch, needs.worker);
  if (weight_->run != nullptr) plan.bytes.parameter_scratch = needs.shared;
}

void ConvPlain::plan_input_gradient(const Inputs& inputs, Plan& plan) {
  input_ = &kernels::choose_input_gradient(geometry_, inputs.winograd);
  const kernels::ConvNeeds needs = input_->needs(geometry_);
  plan.by_sample = plan.by_sample && by_sample(needs);
  if (input_->prepare != kernels::copy_weights) plan.bytes.prepared_backward = needs.prepared;
  plan.bytes.scratch = std::max(plan.bytes.scratch, needs.shared);
  plan.bytes.worker_scratch = std::max(plan.bytes.worker_scratch, needs.worker);
}

/// One name if all that is wanted agrees.
std::string ConvPlain::algorithms() const {
  const auto agrees = [&](const auto* other) { return other == nullptr || other->name == forward_->name; };
  const auto name = [](const auto* algorithm) { return algorithm == nullptr ? "-" : algorithm->name; };
  if (agrees(input_) && agrees(weight_)) return std::string(forward_->name);
  return fmt::format("{} / {} / {}", forward_->name, name(input_), name(weight_));
}

std::size_t ConvPlain::prepared() const {
  return forward_->prepare == kernels::copy_weights ? 0 : forward_->needs(geometry_).prepared;
}

void ConvPlain::prepare(const Workers& workers, const real* weights, real* prepared) const {
  forward_->prepare(workers, geometry_, weights, prepared);
}

void ConvPlain::forward(const Forward& f, const real* weights, const kernels::Epilogue& epilogue) const {
  forward_->run(f.workers, geometry(f.part.n), f.inputs[0].data, weights, epilogue, f.output.data, scratch(f));
}

void ConvPlain::prepare_backward(const Prepare& p) const {
  input_->prepare(p.workers, geometry_, p.parameters[0], reals(p.prepared));
}

void ConvPlain::input_gradient(const Backward& b) const {
  const auto [dx, accumulate] = b.input_gradients[0];
  const real* weights = input_->prepare == kernels::copy_weights ? b.parameters[0] : reals(b.memory.prepared);
  input_->run(b.workers, geometry(b.part.n), b.output_gradient.data, weights, dx, accumulate, scratch(b));
}

std::int64_t ConvPlain::sum_values() const { return weight_->run == nullptr ? weight_->sum_values(geometry_) : 0; }

void ConvPlain::add_weights(const Backward& b, real* sum, real* scratch) const {
  weight_->add(geometry(b.part.n), b.inputs[0].data, b.output_gradient.data, sum, scratch);
}

void ConvPlain::join_weights(const Backward& b, std::int64_t sums, real* all) const {
  weight_->join(b.workers, geometry(b.part.n), sums, all, b.parameter_gradients[0]);
}

void ConvPlain::weight_gradient(const Backward& b) const {
  weight_->run(b.workers, geometry(b.part.n), b.inputs[0].data, b.output_gradient.data, b.parameter_gradients[0],
               scratch(b));
}

}  // namespace cnnctl
