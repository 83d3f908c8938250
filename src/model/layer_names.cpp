#include "model/layer_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "config/source.hpp"
#include "config/suggest.hpp"

namespace cnnctl {

std::optional<std::string> LayerNames::check(const Node& node) {
  // '$' until an instance of a block replaces it.
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$";
  const bool good = node.is_scalar() && !node.text().empty() && node.text().front() != '.' &&
                    node.text().back() != '.' && node.text().find_first_not_of(kLetters) == std::string::npos;
  if (!good) {
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
  if (!fresh)
    diagnostics_.error(where, fmt::format("the name '{}' is given twice, first on {}", name, quote_line(it->second)));
  layers_[name] = layer;
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
  if (name != "input") refuse(node, name, reader);
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
    std::vector<std::string_view> above = {"input"};
    for (auto it = layers_.lower_bound(reader.prefix); it != layers_.end() && it->first.starts_with(reader.prefix);
         ++it)
      above.push_back(std::string_view(it->first).substr(reader.prefix.size()));
    diagnostics_.error(node.where(), fmt::format("no layer above is named '{}'{}", name, suggest(name, above)));
  }
}

}  // namespace cnnctl
