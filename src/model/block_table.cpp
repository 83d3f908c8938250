#include "model/block_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/suggest.hpp"

namespace cnnctl {
namespace {

constexpr std::size_t kLongestList = 64;
constexpr std::string_view kRequired = "required";
constexpr std::array<std::string_view, 7> kReserved = {"name", "inputs", "when", "repeat", "first", "index", "number"};

bool is_name(std::string_view text) {
  const std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return !text.empty() && letters.substr(0, 52).find(text.front()) != std::string_view::npos &&
         text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_required(const Node& initial) {
  return initial.is_scalar() && !initial.quoted() && initial.text() == kRequired;
}

/// Lists of lists and maps could grow without bounds when blocks pass them on.
bool is_simple(const Node& value) {
  if (!value.is_list()) return value.is_scalar();
  return value.items().size() <= kLongestList &&
         std::all_of(value.items().begin(), value.items().end(), [](const Node& item) { return item.is_scalar(); });
}

}  // namespace

const Node* check_params(const Node* params, const std::string& owner, Diagnostics& diagnostics) {
  if (!params || params->is_null()) return nullptr;
  if (!params->is_map()) {
    diagnostics.error(params->where(), fmt::format("params of {} must be a map from names to defaults, got {}", owner,
                                                   params->describe()));
    return nullptr;
  }
  for (const Node::Entry& param : params->entries()) {
    if (std::find(kReserved.begin(), kReserved.end(), param.key) != kReserved.end())
      diagnostics.error(param.where, fmt::format("no parameter can be named '{}': every block has that", param.key));
    else if (!is_name(param.key))
      diagnostics.error(param.where,
                        fmt::format("a parameter's name consists of letters, digits and '_', got '{}'", param.key));
  }
  return params;
}

std::optional<Variables> bind_params(const Node* params, const Node& given, const std::string& owner,
                                     const Where& where, Diagnostics& diagnostics) {
  std::vector<std::string_view> names;
  Variables bound;
  bool good = true;
  const auto fail = [&](const Where& at, const std::string& message) {
    diagnostics.error(at, message);
    good = false;
  };
  if (params) {
    for (const Node::Entry& param : params->entries()) names.push_back(param.key);
    for (const Node::Entry& param : params->entries()) {
      const Node* value = given.find(param.key);
      if (!value && is_required(param.value) && !is_misspelt(param.key, given, names))
        fail(where, fmt::format("{} needs '{}'", owner, param.key));
      bound[param.key] = value ? *value : param.value;
      if (!is_simple(bound[param.key]))
        fail(bound[param.key].where(), fmt::format("{} of {} must be a value or a list of at most {} values, got {}",
                                                   param.key, owner, kLongestList, bound[param.key].describe()));
    }
  }
  if (!refuse_unknown_keys(given, names, owner, "parameter", diagnostics) || !good) return std::nullopt;
  return bound;
}

BlockTable::BlockTable(const Node* blocks, std::span<const std::string_view> words, Diagnostics& diagnostics) {
  if (!blocks || blocks->is_null()) return;
  if (!blocks->is_map()) {
    diagnostics.error(blocks->where(),
                      fmt::format("blocks must be a map from names to blocks, got {}", blocks->describe()));
    return;
  }
  for (const Node::Entry& entry : blocks->entries()) {
    if (std::find(words.begin(), words.end(), entry.key) != words.end())
      diagnostics.error(entry.where, fmt::format("'{}' is a layer: give the block another name", entry.key));
    else if (!is_name(entry.key))
      diagnostics.error(entry.where,
                        fmt::format("a block's name consists of letters, digits and '_', got '{}'", entry.key));
    else
      add(entry, diagnostics);
  }
}

void BlockTable::add(const Node::Entry& entry, Diagnostics& diagnostics) {
  static constexpr std::array<std::string_view, 2> kKeys = {"params", "layers"};
  const std::string what = fmt::format("block '{}'", entry.key);
  Block block{entry.key, nullptr, nullptr};
  if (entry.value.is_map()) refuse_unknown_keys(entry.value, kKeys, what, "key", diagnostics);
  const Node* layers = entry.value.find("layers");
  if (!layers || !layers->is_list() || layers->items().empty())
    return diagnostics.error(entry.where, what + " needs 'layers', a list");
  block.layers = layers;
  block.params = check_params(entry.value.find("params"), what, diagnostics);
  blocks_.emplace(entry.key, block);
}

const BlockTable::Block* BlockTable::find(std::string_view name) const {
  const auto it = blocks_.find(name);
  return it == blocks_.end() ? nullptr : &it->second;
}

}  // namespace cnnctl
