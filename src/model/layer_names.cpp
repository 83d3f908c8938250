#include "model/layer_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "config/source.hpp"
#include "config/suggest.hpp"

namespace cnnctl {

namespace {

bool legal(std::string_view name) {
  // '$' until an instance of a block replaces it.
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$";
  return !name.empty() && name.front() != '.' && name.back() != '.' &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace

std::optional<std::string> LayerNames::check(const Node& node) {
  if (!node.is_scalar() || !legal(node.text())) {
    diagnostics_.error(node.where(), fmt::format("a name consists of letters, digits, '_', '-', and '.' between them, "
                                                 "got {}",
                                                 node.describe()));
    return std::nullopt;
  }
  if (node.text() == "input") {
    diagnostics_.error(node.where(), "no layer can be named 'input': that is what the model or the block is given");
    return std::nullopt;
  }
  return node.text();
}

void LayerNames::add(const std::string& name, const std::string& layer, const Where& where) {
  const auto [it, fresh] = places_.try_emplace(name, where);
  if (!fresh && name != "input")  // which `check` has refused
    diagnostics_.error(where, fmt::format("the name '{}' is given twice, first on {}", name, quote_line(it->second)));
  layers_[name] = layer;
}

void LayerNames::add_input(const std::string& name, const Where& where) {
  if (!legal(name) || name.find('.') != std::string::npos || name.find('$') != std::string::npos)
    diagnostics_.error(where,
                       fmt::format("the name of an input consists of letters, digits, '_' and '-', got '{}'", name));
  inputs_.insert(name);
  add(name, name, where);
}

std::vector<std::string> LayerNames::outputs(const Node& node) {
  std::vector<std::string> found;
  const std::vector<Node> names = node.is_list() ? node.items() : std::vector<Node>{node};
  for (const Node& name : names) {
    const std::string text = name.is_scalar() ? name.text() : "";
    const auto known = layers_.find(text);
    if (text.empty()) {
      diagnostics_.error(name.where(), fmt::format("an output is the name of a layer, got {}", name.describe()));
    } else if (known == layers_.end()) {
      std::vector<std::string_view> all;
      for (const auto& [layer, meaning] : layers_)
        if (!inputs_.contains(meaning)) all.push_back(layer);
      diagnostics_.error(name.where(), fmt::format("no layer is named '{}'{}", text, suggest(text, all)));
    } else if (inputs_.contains(known->second)) {
      diagnostics_.error(name.where(), fmt::format("'{}' is an input: an output is a layer", text));
    } else if (std::find(found.begin(), found.end(), known->second) != found.end()) {
      diagnostics_.error(name.where(), fmt::format("the output '{}' is given twice", text));
    } else {
      found.push_back(known->second);
    }
  }
  if (names.empty()) diagnostics_.error(node.where(), "model.outputs needs at least one name of a layer");
  return found;
}

std::vector<std::string> LayerNames::resolve(const Node& inputs, const Reader& reader) {
  if (inputs.is_scalar()) return {resolve_one(inputs, reader)};
  std::vector<std::string> found;
  if (inputs.is_list())
    for (const Node& item : inputs.items()) found.push_back(resolve_one(item, reader));
  if (found.empty()) {
    diagnostics_.error(inputs.where(),
                       fmt::format("inputs must be a name or a list of names, got {}", inputs.describe()));
    found.push_back(reader.input);
  }
  return found;
}

std::string LayerNames::resolve_one(const Node& node, const Reader& reader) {
  const std::string name = node.is_scalar() ? node.text() : "";
  const auto known = layers_.find(reader.prefix + name);
  if (known != layers_.end() && !name.empty()) return known->second;
  // In a block; in the model it is a name like any other.
  if (name != "input" || reader.prefix.empty()) refuse(node, name, reader);
  return reader.input;
}

void LayerNames::refuse(const Node& node, const std::string& name, const Reader& reader) {
  const auto& siblings = reader.siblings;
  if (name.empty()) {
    diagnostics_.error(node.where(), fmt::format("an input is the name of a layer, got {}", node.describe()));
  } else if (name == reader.name) {
    diagnostics_.error(node.where(), fmt::format("'{}' cannot be its own input", name));
  } else if (std::find(siblings.begin(), siblings.end(), name) != siblings.end()) {
    diagnostics_.error(node.where(),
                       fmt::format("'{}' stands below '{}': a layer reads only what is above it", name, reader.name));
  } else {
    std::vector<std::string_view> above;
    if (!reader.prefix.empty()) above.push_back("input");
    for (auto it = layers_.lower_bound(reader.prefix); it != layers_.end() && it->first.starts_with(reader.prefix);
         ++it)
      above.push_back(std::string_view(it->first).substr(reader.prefix.size()));
    diagnostics_.error(node.where(), fmt::format("no layer above is named '{}'{}", name, suggest(name, above)));
  }
}

}  // namespace cnnctl
