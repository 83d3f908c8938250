// Traps that are legal and nearly always a mistake. Knows layers by their traits.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "experiment/experiment.hpp"

namespace cnnctl {
namespace {

using Severity = Diagnostic::Severity;

const LayerSpec* find_layer(const ModelSpec& model, std::string_view name) {
  for (const LayerSpec& layer : model.layers)
    if (layer.name == name) return &layer;
  return nullptr;
}

std::size_t consumers(const ModelSpec& model, std::string_view name) {
  std::size_t count = 0;
  for (const LayerSpec& layer : model.layers)
    count += static_cast<std::size_t>(std::count(layer.inputs.begin(), layer.inputs.end(), name));
  return count;
}

void lint_softmax(const Settings& settings, const ModelSpec& model, std::vector<Diagnostic>& found) {
  const LayerSpec& last = model.layers.back();
  if (!last.layer->traits().probabilities) return;
  const std::vector<TermConfig> terms = settings.terms();
  if (std::ranges::none_of(terms, [](const TermConfig& t) { return t.loss.kind->name == "cross_entropy"; })) return;
  found.push_back({Severity::warning, last.where,
                   "softmax before cross_entropy, which takes raw outputs and applies softmax itself: leave it out"});
}

/// One finding for the whole model: the sum over all of its places would drown everything else.
void lint_bias(const ModelSpec& model, std::vector<Diagnostic>& found) {
  const LayerSpec* first = nullptr;
  std::size_t count = 0;
  for (const LayerSpec& layer : model.layers) {
    if (!layer.layer->traits().batch_norm) continue;
    const LayerSpec* before = find_layer(model, layer.inputs.front());
    if (!before || !before->layer->traits().bias || consumers(model, before->name) != 1) continue;
    if (!first) first = before;
    ++count;
  }
  if (!first) return;
  const std::string more = count > 1 ? fmt::format(" (and in {} more place{})", count - 1, count > 2 ? "s" : "") : "";
  found.push_back(
      {Severity::warning, first->where,
       fmt::format("the bias of '{}' has no effect before batch norm{}: add bias: false", first->name, more)});
}

void lint_momentum(const ModelSpec& model, std::vector<Diagnostic>& found) {
  for (const LayerSpec& layer : model.layers) {
    const std::optional<Traits::BatchNorm> norm = layer.layer->traits().batch_norm;
    if (!norm || norm->momentum <= 0.5) continue;
    const double momentum = norm->momentum;
    found.push_back({Severity::warning, layer.where,
                     fmt::format("batch norm momentum {} is the weight of the new batch, as in PyTorch; for Keras' {} "
                                 "write {:.6g}",
                                 momentum, momentum, 1 - momentum)});
  }
}

}  // namespace

std::vector<Diagnostic> lint(const Settings& settings, const ModelSpec& model) {
  std::vector<Diagnostic> found;
  if (model.layers.empty()) return found;
  lint_softmax(settings, model, found);
  lint_bias(model, found);
  lint_momentum(model, found);
  if (const std::string late = settings.lr_scheduler->beyond(settings.train.epochs); !late.empty())
    found.push_back({Severity::warning, settings.lr_scheduler.where, late});
  return found;
}

}  // namespace cnnctl
