#include "config/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "config/suggest.hpp"

namespace cnnctl {
namespace {

std::string_view article(std::string_view noun) {
  return std::string_view("aeiou").find(noun.front()) == std::string_view::npos ? "a" : "an";
}

void complain_about_keys(const Node& node, std::string_view noun, std::span<const std::string_view> words,
                         Diagnostics& diagnostics) {
  const std::vector<Node::Entry>& entries = node.entries();
  if (entries.size() > 1 && entries[0].value.is_null() && contains(words, entries[0].key)) {
    diagnostics.error(entries[1].where,
                      fmt::format("the fields of '{}' must be indented deeper than its name", entries[0].key));
    return;
  }
  diagnostics.error(node.where(),
                    fmt::format("{} {} is a word, {{word: fields}} or {{type: word, ...}}; this has {} keys "
                                "and no 'type'",
                                article(noun), noun, entries.size()));
}

/// The entry without regard to which words are legal.
std::optional<Entry> take_apart(const Node& node, std::string_view noun, std::span<const std::string_view> words,
                                Diagnostics& diagnostics) {
  if (node.is_scalar()) return Entry{node.text(), node.where(), {}};
  if (!node.is_map()) {
    diagnostics.error(node.where(), fmt::format("{} {} is a word, {{word: fields}} or {{type: word, ...}}, not {}",
                                                article(noun), noun, node.describe()));
    return std::nullopt;
  }
  if (const Node* type = node.find("type")) {
    if (!type->is_scalar()) {
      diagnostics.error(type->where(),
                        fmt::format("'type' must be the name of {} {}, got {}", article(noun), noun, type->describe()));
      return std::nullopt;
    }
    Entry entry{type->text(), type->where(), node};
    entry.body.erase("type");
    return entry;
  }
  if (node.entries().size() != 1) {
    complain_about_keys(node, noun, words, diagnostics);
    return std::nullopt;
  }
  const Node::Entry& only = node.entries()[0];
  return Entry{only.key, only.where, only.value};
}

}  // namespace

std::optional<Entry> read_entry(const Node& node, std::string_view noun, std::span<const std::string_view> words,
                                Diagnostics& diagnostics) {
  std::optional<Entry> entry = take_apart(node, noun, words, diagnostics);
  if (!entry || contains(words, entry->word)) return entry;
  diagnostics.error(entry->where,
                    fmt::format("unknown {} '{}'{}", noun, entry->word, suggest_and_list(entry->word, words)));
  return std::nullopt;
}

std::string_view entry_word(const Node& node) {
  if (node.is_scalar()) return node.text();
  if (const Node* type = node.find("type")) return type->is_scalar() ? std::string_view(type->text()) : "";
  return node.is_map() && node.entries().size() == 1 ? std::string_view(node.entries()[0].key) : "";
}

const Node* entry_body(const Node& node) {
  if (!node.is_map()) return nullptr;
  if (node.find("type")) return &node;
  const bool keyed = node.entries().size() == 1 && node.entries()[0].value.is_map();
  return keyed ? &node.entries()[0].value : nullptr;
}

Node* entry_body(Node& node) { return const_cast<Node*>(entry_body(std::as_const(node))); }

std::vector<std::string> entry_names(const Node& layers) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const Node& item : layers.items()) {
    const Node* body = entry_body(item);
    const Node* name = body ? body->find("name") : nullptr;
    names.push_back(name && name->is_scalar() ? name->text() : "");
    taken.insert(names.back());
  }
  std::map<std::string_view, int> counts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view word = entry_word(layers.items()[i]);
    int& count = counts[word];
    ++count;
    if (!names[i].empty()) continue;
    while (taken.contains(names[i] = fmt::format("{}_{}", word, count))) ++count;
    taken.insert(names[i]);
  }
  return names;
}

}  // namespace cnnctl
