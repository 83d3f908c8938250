#include "model/spec.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <set>

#include "base/text.hpp"
#include "config/overrides.hpp"
#include "config/scalars.hpp"
#include "config/suggest.hpp"
#include "model/block_table.hpp"
#include "model/blocks.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

constexpr int kUnlimitedInputs = 1000;  // a layer that takes as many takes any number, as far as messages go

constexpr std::string_view kInputForms =
    "[features], [channels, length], [channels, height, width] or [channels, depth, height, width]";

Shape read_shape(const Node& node, const std::string& key, Diagnostics& diagnostics) {
  const std::vector<Node> items = node.is_list() ? node.items() : std::vector<Node>{node};
  if (items.empty() || items.size() > Shape::kMaxRank) {
    diagnostics.error(node.where(), fmt::format("{} must be {}, got {}", key, kInputForms, node.describe()));
    return {};
  }
  std::vector<std::int64_t> sizes;
  for (const Node& item : items) {
    std::string problem;
    const auto size = to_integer(item, problem);
    if (size && (*size < 1 || *size > kLargestSize))
      problem = fmt::format("must be between 1 and {}, got {}", kLargestSize, *size);
    if (!problem.empty()) diagnostics.error(item.where(), fmt::format("each size of {} {}", key, problem));
    sizes.push_back(problem.empty() ? *size : 1);
  }
  return Shape(sizes);
}

/// `input: [sizes]`, or `inputs: {name: [sizes], ...}`. The names' places go to `names`.
std::vector<ModelInput> read_inputs(const Node& model, bool lacks_input, std::vector<InputName>& names,
                                    Diagnostics& diagnostics) {
  const Node *one = model.find("input"), *several = model.find("inputs");
  if (several == nullptr) {
    if (one == nullptr && !lacks_input)
      diagnostics.error(model.where(), fmt::format("model needs 'input': {}", kInputForms));
    names = {{"input", one != nullptr ? one->where() : model.where()}};
    return {{"input", one != nullptr ? read_shape(*one, "model.input", diagnostics) : Shape()}};
  }
  if (one != nullptr) diagnostics.error(one->where(), "model has 'input' and 'inputs': name all of them in 'inputs'");
  std::vector<ModelInput> inputs;
  if (several->is_map())
    for (const Node::Entry& entry : several->entries()) {
      inputs.push_back({entry.key, read_shape(entry.value, "model.inputs." + entry.key, diagnostics)});
      names.push_back({entry.key, entry.where});
    }
  if (inputs.empty())
    diagnostics.error(several->where(), fmt::format("model.inputs must be a map of names and sizes, such as "
                                                    "{{image: [3, 32, 32], age: [1]}}, got {}",
                                                    several->describe()));
  return inputs;
}

constexpr std::string_view kModelOwner = "the model";

Variables model_variables(const Node& model, Diagnostics& diagnostics) {
  const Node* params = check_params(model.find("params"), std::string(kModelOwner), diagnostics);
  const Where where = params ? params->where() : model.where();
  return bind_params(params, Node::map(where), std::string(kModelOwner), where, diagnostics).value_or(Variables{});
}

/// The model with the variables of its input or its inputs in place.
Node with_input_replaced(Node model, const Variables& variables, Diagnostics& diagnostics) {
  for (const char* const key : {"input", "inputs"})
    if (Node* found = model.find(key)) *found = substitute(*found, variables, kModelOwner, diagnostics);
  return model;
}

/// "1 input", "2 or more inputs", "1 to 3 inputs".
std::string arity_text(const std::pair<int, int>& arity) {
  const auto [least, most] = arity;
  if (most >= kUnlimitedInputs) return fmt::format("{} or more inputs", least);
  if (least != most) return fmt::format("{} to {} inputs", least, most);
  return counted(least, "input");
}

/// Where the first of a layer's fields stands that the command line gave: the line in the file says something else.
std::optional<Where> overridden(const Node& body) {
  if (body.where().file == kCommandLine) return body.where();
  if (body.is_list())
    for (const Node& item : body.items())
      if (auto where = overridden(item)) return where;
  if (body.is_map())
    for (const Node::Entry& entry : body.entries())
      if (auto where = overridden(entry.value)) return where;
  return std::nullopt;
}

LayerSpec read_layer(RawLayer& raw, const LayerDefaults& defaults, Diagnostics& diagnostics) {
  LayerSpec spec{std::move(raw.name), std::move(raw.inputs), Choice<Layer>(*layers().find(raw.word)), raw.where};
  defaults.apply(raw.word, shorthand_of([&spec](Fields& f) { spec.layer->fields(f); }), raw.body);
  if (!read_fields(*spec.layer, raw.body, raw.word, raw.where, diagnostics)) return spec;
  if (const auto where = overridden(raw.body)) spec.where = *where;
  const std::pair<int, int> arity = spec.layer->arity();
  const int count = static_cast<int>(spec.inputs.size());
  if (count < arity.first || count > arity.second)
    diagnostics.error(raw.where, fmt::format("{} takes {}, got {}", raw.word, arity_text(arity), count));
  return spec;
}

Node write_shape(const Shape& shape) {
  Node sizes = Node::list();
  for (const std::int64_t size : shape.sizes()) sizes.items().push_back(Node::plain(std::to_string(size)));
  return sizes;
}

Node write_names(const std::vector<std::string>& names) {
  Node list = Node::list();
  for (const std::string& name : names) list.items().push_back(Node::string(name));
  return list;
}

}  // namespace

std::optional<Node> model_input(const Node& model) {
  Diagnostics ignored;
  const Variables variables = model_variables(model, ignored);
  const Node* input = model.find("input");
  if (input == nullptr) return std::nullopt;
  return substitute(*input, variables, kModelOwner, ignored);
}

ModelSpec read_model(const Node& model, const Node* blocks, Diagnostics& diagnostics, bool lacks_input) {
  static constexpr std::array<std::string_view, 7> kKeys = {"params",  "input",    "inputs", "layers",
                                                            "outputs", "defaults", "changes"};
  ModelSpec spec;
  if (!model.is_map()) {
    diagnostics.error(model.where(),
                      fmt::format("model must be a map with input and layers, got {}", model.describe()));
    return spec;
  }
  refuse_unknown_keys(model, kKeys, "model", "key", diagnostics);
  ModelEnds ends{.inputs = {},
                 .outputs = model.find("outputs"),
                 .variables = model_variables(model, diagnostics),
                 .changes = model.find("changes")};
  spec.inputs =
      read_inputs(with_input_replaced(model, ends.variables, diagnostics), lacks_input, ends.inputs, diagnostics);
  const Node* list = model.find("layers");
  if (!list || !list->is_list() || list->items().empty()) {
    diagnostics.error(list ? list->where() : model.where(), "model needs 'layers', a list of at least one layer");
    return spec;
  }
  if (spec.inputs.empty()) return spec;
  Diagnostics found;
  const LayerDefaults defaults(model.find("defaults"), layers().names(), found);
  Expanded expanded = expand_blocks(*list, blocks, layers().names(), ends, found);
  for (RawLayer& raw : expanded.layers) spec.layers.push_back(read_layer(raw, defaults, found));
  spec.outputs = std::move(expanded.outputs);
  if (spec.layers.empty() && !found.has_errors())
    found.error(list->where(), "no layer is left: `when: false` takes out all that model.layers names");
  std::set<std::pair<std::string, std::string>> seen;  // a mistake in a block is one, however often the block is used
  for (const Diagnostic& d : found.all())
    if (seen.emplace(d.where.str(), d.message).second) diagnostics.error(d.where, d.message);
  return spec;
}

Node write_model(const ModelSpec& spec) {
  Node list = Node::list();
  for (const LayerSpec& layer : spec.layers) {
    Node body = Node::map();
    body.set("name", Node::string(layer.name));
    body.set("inputs", write_names(layer.inputs));
    Node fields = write_fields(*layer.layer);
    for (Node::Entry& field : fields.entries()) body.set(field.key, std::move(field.value));
    Node entry = Node::map();
    entry.set(layer.layer.kind->name, std::move(body));
    list.items().push_back(std::move(entry));
  }
  Node model = Node::map();
  if (spec.inputs.size() == 1 && spec.inputs[0].name == "input") {
    model.set("input", write_shape(spec.inputs[0].shape));
  } else {
    Node inputs = Node::map();
    for (const ModelInput& input : spec.inputs) inputs.set(input.name, write_shape(input.shape));
    model.set("inputs", std::move(inputs));
  }
  model.set("layers", std::move(list));
  if (!spec.outputs.empty()) model.set("outputs", write_names(spec.outputs));
  return model;
}

}  // namespace cnnctl
