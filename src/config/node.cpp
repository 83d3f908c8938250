#include "config/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/check.hpp"

namespace cnnctl {

Node Node::plain(std::string text, Where where) {
  Node node;
  node.type_ = Type::scalar;
  node.text_ = std::move(text);
  node.where_ = std::move(where);
  return node;
}

Node Node::string(std::string text, Where where) {
  Node node = plain(std::move(text), std::move(where));
  node.quoted_ = true;
  return node;
}

Node Node::list() { return list({}); }

Node Node::list(std::vector<Node> items, Where where) {
  Node node;
  node.type_ = Type::list;
  node.items_ = std::move(items);
  node.where_ = std::move(where);
  return node;
}

Node Node::map(Where where) {
  Node node;
  node.type_ = Type::map;
  node.where_ = std::move(where);
  return node;
}

const std::string& Node::text() const {
  CNNCTL_CHECK(is_scalar());
  return text_;
}

const std::vector<Node>& Node::items() const {
  CNNCTL_CHECK(is_list());
  return items_;
}

std::vector<Node>& Node::items() {
  CNNCTL_CHECK(is_list());
  return items_;
}

const std::vector<Node::Entry>& Node::entries() const {
  CNNCTL_CHECK(is_map());
  return entries_;
}

std::vector<Node::Entry>& Node::entries() {
  CNNCTL_CHECK(is_map());
  return entries_;
}

const Node::Entry* Node::find_entry(std::string_view key) const {
  const auto it = std::find_if(entries_.begin(), entries_.end(), [key](const Entry& e) { return e.key == key; });
  return it == entries_.end() ? nullptr : &*it;
}

const Node* Node::find(std::string_view key) const {
  const Entry* entry = find_entry(key);
  return entry ? &entry->value : nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

Node& Node::set(std::string_view key, Node value, Where key_where) {
  CNNCTL_CHECK(is_map());
  if (Node* old = find(key)) return *old = std::move(value);
  entries_.push_back({std::string(key), std::move(key_where), std::move(value)});
  return entries_.back().value;
}

bool Node::erase(std::string_view key) {
  return std::erase_if(entries_, [key](const Entry& e) { return e.key == key; }) > 0;
}

std::string Node::describe() const {
  switch (type_) {
    case Type::null:
      return "nothing";
    case Type::scalar:
      return quoted_ ? fmt::format("the quoted string '{}'", text_) : fmt::format("'{}'", text_);
    case Type::list:
      return items_.empty() ? "an empty list" : fmt::format("a list of {}", items_.size());
    case Type::map:
      return entries_.empty() ? "an empty map" : "a map";
  }
  return {};
}

int Node::depth(int limit) const {
  if (is_null() || is_scalar()) return 0;
  if (limit <= 0) return 1;
  int deepest = 0;
  for (const Node& item : items_) deepest = std::max(deepest, item.depth(limit - 1));
  for (const Entry& entry : entries_) deepest = std::max(deepest, entry.value.depth(limit - 1));
  return deepest + 1;
}

bool Node::operator==(const Node& other) const {
  if (type_ != other.type_ || text_ != other.text_ || items_ != other.items_) return false;
  if (is_scalar() && quoted_ != other.quoted_ && looks_typed(text_)) return false;
  return std::equal(entries_.begin(), entries_.end(), other.entries_.begin(), other.entries_.end(),
                    [](const Entry& a, const Entry& b) { return a.key == b.key && a.value == b.value; });
}

bool looks_typed(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kWords = {"true", "false", "null", "~", "yes", "no", "on", "off"};
  if (text.empty()) return true;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) return true;
  const std::size_t start = lower[0] == '-' || lower[0] == '+' ? 1 : 0;
  const std::string_view digits = std::string_view(lower).substr(start);
  if (digits == ".inf" || digits == ".nan") return true;
  return !digits.empty() && (std::isdigit(static_cast<unsigned char>(digits[0])) || digits[0] == '.') &&
         digits.find_first_not_of("0123456789abcdefox_.+-:") == std::string_view::npos;
}

}  // namespace cnnctl
