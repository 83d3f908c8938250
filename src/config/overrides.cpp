#include "config/overrides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/entry.hpp"
#include "config/refused.hpp"
#include "config/suggest.hpp"
#include "config/yaml.hpp"

namespace cnnctl {
namespace {

constexpr std::size_t kMostParts = 32;

/// The part of a path that is still to be followed.
class PathRest {
 public:
  PathRest(const std::string& text, std::size_t end) : text_(text), rest_(std::string_view(text).substr(0, end)) {}

  std::string_view str() const { return rest_; }
  bool empty() const { return rest_.empty(); }
  std::string_view first() const { return rest_.substr(0, rest_.find('.')); }
  void drop(std::size_t length) { rest_.remove_prefix(std::min(length + 1, rest_.size())); }
  /// The place of the next part.
  Where where() const {
    return {std::string(kCommandLine), 1, static_cast<int>(rest_.data() - text_.data()) + 1, text_};
  }

 private:
  const std::string& text_;
  std::string_view rest_;
};

/// A place in a node where a value can be put.
struct Slot {
  Node* parent = nullptr;
  std::string key;        // in a map
  std::size_t index = 0;  // in a list
  Where where;

  Node* child() const { return parent->is_list() ? &parent->items()[index] : parent->find(key); }
  Node& make_child() const {
    Node* old = child();
    return old ? *old : parent->set(key, Node::map(where), where);
  }
  void assign(Node value) const {
    if (parent->is_list())
      parent->items()[index] = std::move(value);
    else
      parent->set(key, std::move(value), where);
  }
  void remove() const {
    if (parent->is_list())
      parent->items().erase(parent->items().begin() + static_cast<std::ptrdiff_t>(index));
    else
      parent->erase(key);
  }
};

/// What the items of a list may be called: their names, and their word where it is the only one of its kind.
std::vector<std::pair<std::string, std::size_t>> item_names(const Node& list) {
  std::vector<std::pair<std::string, std::size_t>> names;
  const std::vector<std::string> given = entry_names(list);
  for (std::size_t i = 0; i < given.size(); ++i) names.emplace_back(given[i], i);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string word(entry_word(list.items()[i]));
    const auto same = [&word](const Node& item) { return entry_word(item) == word; };
    if (std::count_if(list.items().begin(), list.items().end(), same) == 1) names.emplace_back(word, i);
  }
  return names;
}

/// The item that the rest begins with: a position, or the longest name; names may hold dots.
std::optional<Slot> find_item(Node& list, PathRest& rest) {
  const Where where = rest.where();
  const std::string_view part = rest.first();
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (error == std::errc() && end == part.data() + part.size() && index < list.items().size()) {
    rest.drop(part.size());
    return Slot{&list, {}, index, where};
  }
  std::optional<std::size_t> best;
  std::size_t longest = 0;
  for (const auto& [name, i] : item_names(list)) {
    const bool fits = rest.str() == name || rest.str().starts_with(name + ".");
    if (!fits || name.size() <= longest) continue;
    best = i;
    longest = name.size();
  }
  if (!best) return std::nullopt;
  rest.drop(longest);
  return Slot{&list, {}, *best, where};
}

[[noreturn]] void refuse_item(const Node& list, const PathRest& rest) {
  const auto names = item_names(list);
  std::vector<std::string_view> views;
  for (const auto& [name, index] : names) views.push_back(name);
  std::string hint = suggest(rest.str(), views);
  if (hint.empty()) hint = suggest(rest.first(), views);
  if (hint.empty()) hint = fmt::format("; there are {}, from 0", list.items().size());
  throw Refused{rest.where(), fmt::format("the list has no item '{}'{}", rest.first(), hint)};
}

/// One step along the path. `entries` is the key of a list whose entries are named as if they stood in `node`; or
/// empty.
Slot find_slot(Node& node, PathRest& rest, std::string_view entries = "") {
  if (node.is_list()) {
    auto item = find_item(node, rest);
    if (!item) refuse_item(node, rest);
    return *item;
  }
  Node* list = entries.empty() ? nullptr : node.find(entries);
  if (list && list->is_list() && !node.find(rest.first())) {
    if (auto item = find_item(*list, rest)) return *item;
    if (rest.first() != rest.str()) refuse_item(*list, rest);
  }
  Slot slot{&node, std::string(rest.first()), 0, rest.where()};
  if (slot.key.empty()) throw Refused{slot.where, "a part of the key is empty"};
  rest.drop(slot.key.size());
  return slot;
}

/// Makes a map that `key` can be put into of what stands in a slot, keeping what a short form says.
Node& make_map(const Slot& slot, std::string_view key) {
  Node& node = slot.make_child();
  if (node.is_list()) return node;
  const bool in_list = slot.parent->is_list();
  if (node.is_scalar() && in_list) {
    Node entry = Node::map(node.where());
    entry.set(node.text(), Node::map(node.where()), node.where());
    node = std::move(entry);
  }
  Node* target = &node;
  if (in_list && node.is_map() && node.entries().size() == 1 && node.entries()[0].key != key && !node.find("type"))
    target = &node.entries()[0].value;
  if (target->is_map() || (target->is_list() && target == &node)) return *target;
  Node map = Node::map(target->is_null() ? slot.where : target->where());
  const bool is_word = target->is_scalar() && !looks_typed(target->text()) && target == &node;
  if (!target->is_null()) map.set(is_word ? "type" : kShorthandKey, *target, target->where());
  return *target = std::move(map);
}

void apply(Node& root, const std::string& text, const NamedEntries& named, Diagnostics& diagnostics) {
  const std::size_t equals = text.find('=');
  const Where start{std::string(kCommandLine), 1, 1, text};
  constexpr std::string_view kForm = "write key=value, without blanks around the '='";
  if (equals == std::string::npos) throw Refused{start, fmt::format("'{}' is no override: {}", text, kForm)};
  const std::string_view path = std::string_view(text).substr(0, equals);
  if (path.empty() || path.find_first_of(" \t") != std::string_view::npos)
    throw Refused{start, fmt::format("'{}' has no key: {}", text, kForm)};
  if (std::count(path.begin(), path.end(), '.') >= static_cast<std::ptrdiff_t>(kMostParts))
    throw Refused{start, fmt::format("a key has at most {} parts", kMostParts)};

  const Where value_place{std::string(kCommandLine), 1, static_cast<int>(equals) + 2, text};
  if (text.find_first_not_of(" \t\n", equals + 1) == std::string::npos)
    throw Refused{value_place, fmt::format("'{}' has no value; {}=null takes the key out", path, path)};
  Diagnostics mistakes;
  const Node value = parse_yaml_value(std::string_view(text).substr(equals + 1), value_place, mistakes);
  for (const Diagnostic& d : mistakes.all()) diagnostics.error(d.where, d.message);
  if (mistakes.has_errors()) return;

  if (root.is_null()) root = Node::map(start);
  PathRest rest(text, equals);
  Slot slot = find_slot(root, rest);
  while (!rest.empty()) {
    if (value.is_null() && !slot.child()) return;
    const bool has_named = slot.parent == &root && slot.key == named.map;
    slot = find_slot(make_map(slot, rest.first()), rest, has_named ? named.list : "");
  }
  value.is_null() ? slot.remove() : slot.assign(value);
}

}  // namespace

void apply_override(Node& root, const std::string& text, const NamedEntries& named, Diagnostics& diagnostics) {
  if (!root.is_null() && !root.is_map()) return;  // reading the root will say so
  try {
    apply(root, text, named, diagnostics);
  } catch (const Refused& refused) {
    diagnostics.error(refused.where, refused.message);
  }
}

void apply_overrides(Node& root, std::span<const std::string> texts, const NamedEntries& named,
                     Diagnostics& diagnostics) {
  for (const std::string& text : texts) apply_override(root, text, named, diagnostics);
}

}  // namespace cnnctl
