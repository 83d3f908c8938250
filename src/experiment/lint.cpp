// Traps that are legal and nearly always a mistake. Knows layers by their names and written fields only.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "experiment/experiment.hpp"

namespace cnnctl {
namespace {

using Severity = Diagnostic::Severity;

/// The text of a layer's field, or an empty string.
std::string field(const LayerSpec& layer, std::string_view name) {
  const Node written = write_fields(*layer.layer);
  const Node* node = written.find(name);
  return node && node->is_scalar() ? node->text() : std::string();
}

double number(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

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
  if (last.layer.kind->name != "softmax" || settings.loss.kind->name != "cross_entropy") return;
  found.push_back({Severity::warning, last.where,
                   "softmax before cross_entropy, which takes raw outputs and applies softmax itself: leave it out"});
}

/// One finding for the whole model: the sum over all of its places would drown everything else.
void lint_bias(const ModelSpec& model, std::vector<Diagnostic>& found) {
  const LayerSpec* first = nullptr;
  std::size_t count = 0;
  for (const LayerSpec& layer : model.layers) {
    if (!layer.layer.kind->name.starts_with("batch_norm")) continue;
    const LayerSpec* before = find_layer(model, layer.inputs.front());
    if (!before || field(*before, "bias") != "true" || consumers(model, before->name) != 1) continue;
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
    if (!layer.layer.kind->name.starts_with("batch_norm")) continue;
    const double momentum = number(field(layer, "momentum"));
    if (momentum <= 0.5) continue;
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
  return found;
}

}  // namespace cnnctl
