#include "model/spec.hpp"

#include <fmt/format.h>

#include <array>
#include <set>

#include "config/scalars.hpp"
#include "config/suggest.hpp"
#include "model/blocks.hpp"

namespace cnnctl {
namespace {

constexpr std::int64_t kLargestSize = std::int64_t{1} << 24;
constexpr int kUnlimitedInputs = 1000;  // a layer that takes as many takes any number, as far as messages go

Shape read_input(const Node& node, Diagnostics& diagnostics) {
  constexpr std::string_view kForms = "[channels, height, width] or [features]";
  const std::vector<Node> items = node.is_list() ? node.items() : std::vector<Node>{node};
  if (items.size() != 3 && items.size() != 1) {
    diagnostics.error(node.where(), fmt::format("model.input must be {}, got {}", kForms, node.describe()));
    return {};
  }
  std::vector<std::int64_t> sizes;
  for (const Node& item : items) {
    std::string problem;
    const auto size = to_integer(item, problem);
    if (size && (*size < 1 || *size > kLargestSize))
      problem = fmt::format("must be between 1 and {}, got {}", kLargestSize, *size);
    if (!problem.empty()) diagnostics.error(item.where(), "each size of model.input " + problem);
    sizes.push_back(problem.empty() ? *size : 1);
  }
  return Shape(sizes);
}

/// "1 input", "2 or more inputs", "1 to 3 inputs".
std::string arity_text(const std::pair<int, int>& arity) {
  const auto [least, most] = arity;
  if (most >= kUnlimitedInputs) return fmt::format("{} or more inputs", least);
  if (least != most) return fmt::format("{} to {} inputs", least, most);
  return fmt::format("{} input{}", least, least == 1 ? "" : "s");
}

LayerSpec read_layer(RawLayer& raw, Diagnostics& diagnostics) {
  LayerSpec spec{std::move(raw.name), std::move(raw.inputs), Choice<Layer>(*layers().find(raw.word)), raw.where};
  if (!read_fields(*spec.layer, raw.body, raw.word, raw.where, diagnostics)) return spec;
  const std::pair<int, int> arity = spec.layer->arity();
  const int count = static_cast<int>(spec.inputs.size());
  if (count < arity.first || count > arity.second)
    diagnostics.error(raw.where, fmt::format("{} takes {}, got {}", raw.word, arity_text(arity), count));
  return spec;
}

}  // namespace

ModelSpec read_model(const Node& model, const Node* blocks, Diagnostics& diagnostics) {
  static constexpr std::array<std::string_view, 2> kKeys = {"input", "layers"};
  ModelSpec spec;
  if (!model.is_map()) {
    diagnostics.error(model.where(),
                      fmt::format("model must be a map with input and layers, got {}", model.describe()));
    return spec;
  }
  refuse_unknown_keys(model, kKeys, "model", "key", diagnostics);
  if (const Node* input = model.find("input"))
    spec.input = read_input(*input, diagnostics);
  else
    diagnostics.error(model.where(), "model needs 'input': [channels, height, width] or [features]");
  const Node* list = model.find("layers");
  if (!list || !list->is_list() || list->items().empty()) {
    diagnostics.error(list ? list->where() : model.where(), "model needs 'layers', a list of at least one layer");
    return spec;
  }
  Diagnostics found;
  for (RawLayer& raw : expand_blocks(*list, blocks, layers().names(), found))
    spec.layers.push_back(read_layer(raw, found));
  std::set<std::pair<std::string, std::string>> seen;  // a mistake in a block is one, however often the block is used
  for (const Diagnostic& d : found.all())
    if (seen.emplace(d.where.str(), d.message).second) diagnostics.error(d.where, d.message);
  return spec;
}

Node write_model(const ModelSpec& spec) {
  Node input = Node::list();
  for (const std::int64_t size : spec.input.sizes()) input.items().push_back(Node::plain(std::to_string(size)));
  Node list = Node::list();
  for (const LayerSpec& layer : spec.layers) {
    Node inputs = Node::list();
    for (const std::string& name : layer.inputs) inputs.items().push_back(Node::string(name));
    Node body = Node::map();
    body.set("name", Node::string(layer.name));
    body.set("inputs", std::move(inputs));
    Node fields = write_fields(*layer.layer);
    for (Node::Entry& field : fields.entries()) body.set(field.key, std::move(field.value));
    Node entry = Node::map();
    entry.set(layer.layer.kind->name, std::move(body));
    list.items().push_back(std::move(entry));
  }
  Node model = Node::map();
  model.set("input", std::move(input));
  model.set("layers", std::move(list));
  return model;
}

}  // namespace cnnctl
