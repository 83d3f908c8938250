#include "model/adjust.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/suggest.hpp"

namespace cnnctl {
namespace {

/// The entries of a map of maps; reports what is none.
std::vector<const Node::Entry*> maps_in(const Node* node, std::string_view key, std::string_view of,
                                        Diagnostics& diagnostics) {
  std::vector<const Node::Entry*> found;
  if (node == nullptr || node->is_null()) return found;
  if (!node->is_map()) {
    diagnostics.error(node->where(),
                      fmt::format("model.{} must be a map of {} and their fields, got {}", key, of, node->describe()));
    return found;
  }
  for (const Node::Entry& entry : node->entries()) {
    if (entry.value.is_map())
      found.push_back(&entry);
    else
      diagnostics.error(entry.value.where(), fmt::format("model.{}.{} must be a map of fields, got {}", key, entry.key,
                                                         entry.value.describe()));
  }
  return found;
}

/// A body as a map; what stands in place of one keeps its meaning under `short_key`.
void make_map(Node& body, std::string_view short_key) {
  if (body.is_map()) return;
  Node map = Node::map(body.where());
  if (!body.is_null()) map.set(short_key, body, body.where());
  body = std::move(map);
}

}  // namespace

Changes::Changes(const Node* node, Diagnostics& diagnostics) {
  for (const Node::Entry* entry : maps_in(node, "changes", "names of layers", diagnostics)) {
    bool good = true;
    for (const char* const fixed : {"name", "inputs"}) {
      const Node::Entry* const found = entry->value.find_entry(fixed);
      if (found == nullptr) continue;
      diagnostics.error(found->where, fmt::format("'{}' of a layer cannot be changed: others go by it", fixed));
      good = false;
    }
    if (good) changes_.push_back(entry);
  }
}

void Changes::apply(const std::string& name, Node& body) {
  const auto at = std::ranges::find(changes_, name, [](const Node::Entry* e) -> const std::string& { return e->key; });
  if (at == changes_.end()) return;
  used_.insert(name);
  make_map(body, kShorthandKey);
  for (const Node::Entry& field : (*at)->value.entries()) body.set(field.key, field.value, field.where);
}

void Changes::refuse_unused(const std::vector<std::string>& layers, Diagnostics& diagnostics) const {
  const std::vector<std::string_view> names(layers.begin(), layers.end());
  for (const Node::Entry* change : changes_)
    if (!used_.contains(change->key))
      diagnostics.error(change->where,
                        fmt::format("the model has no layer '{}'{}", change->key, suggest(change->key, names)));
}

LayerDefaults::LayerDefaults(const Node* node, const std::vector<std::string_view>& words, Diagnostics& diagnostics) {
  for (const Node::Entry* entry : maps_in(node, "defaults", "layers", diagnostics)) {
    if (std::ranges::find(words, entry->key) != words.end())
      kinds_.push_back(entry);
    else
      diagnostics.error(entry->where,
                        fmt::format("unknown layer '{}'{}", entry->key, suggest_and_list(entry->key, words)));
  }
}

void LayerDefaults::apply(std::string_view word, std::string_view shorthand, Node& body) const {
  const auto at = std::ranges::find(kinds_, word, [](const Node::Entry* e) -> std::string_view { return e->key; });
  if (at == kinds_.end()) return;
  const bool is_map = body.is_null() || body.is_map();
  if (!is_map && shorthand.empty()) return;  // a mistake, which reading reports
  make_map(body, is_map ? kShorthandKey : shorthand);
  for (const Node::Entry& field : (*at)->value.entries()) {
    const bool given = body.find(field.key) || (field.key == shorthand && body.find(kShorthandKey));
    if (!given) body.set(field.key, field.value, field.where);
  }
}

}  // namespace cnnctl
