// Node: configuration as text with places, before anything has a type. Knows nulls, scalars, lists and ordered maps;
// knows neither YAML's syntax (yaml.hpp) nor what any key means (fields.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace cnnctl {

/// A value type: copies are deep. Calling the accessor of another type is a programmer's mistake (CHECK).
class Node {
 public:
  enum class Type { null, scalar, list, map };
  struct Entry;

  Node() = default;  // null
  /// A scalar as if written without quotes: a number, true, a word.
  static Node plain(std::string text, Where where = {});
  /// A scalar that is a string whatever it looks like; written with quotes where plain text would mean something else.
  static Node string(std::string text, Where where = {});
  static Node list();
  static Node list(std::vector<Node> items, Where where = {});
  static Node map(Where where = {});

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::null; }
  bool is_scalar() const { return type_ == Type::scalar; }
  bool is_list() const { return type_ == Type::list; }
  bool is_map() const { return type_ == Type::map; }

  /// Of a scalar.
  const std::string& text() const;
  bool quoted() const { return quoted_; }

  /// Of a list.
  const std::vector<Node>& items() const;
  std::vector<Node>& items();

  /// Of a map, in the order of the file.
  const std::vector<Entry>& entries() const;
  std::vector<Entry>& entries();
  /// The value of a key; null if the key is not there or this is no map.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  const Entry* find_entry(std::string_view key) const;
  /// Replaces the value of a key, or adds it at the end.
  Node& set(std::string_view key, Node value, Where key_where = {});
  /// Takes a key out; false if it was not there.
  bool erase(std::string_view key);

  const Where& where() const { return where_; }
  void set_where(Where where) { where_ = std::move(where); }

  /// How messages name it: "'relu'", "a list of 3", "a map", "nothing".
  std::string describe() const;

  /// Levels of lists and maps: 0 for a scalar; counting stops beyond `limit`.
  int depth(int limit) const;

  /// The same meaning, whatever the places; quotes count only where they change the meaning ("1" is not 1).
  bool operator==(const Node& other) const;

 private:
  Type type_ = Type::null;
  bool quoted_ = false;
  Where where_;
  std::string text_;
  std::vector<Node> items_;
  std::vector<Entry> entries_;
};

struct Node::Entry {
  std::string key;
  Where where;  // of the key
  Node value;
};

/// The key of what an object's shorthand stands for, when an override adds a field to a short form: `linear: 10` and
/// model.linear_1.bias=false give {linear: {"": 10, bias: false}}.
constexpr std::string_view kShorthandKey = "";

/// Whether plain text would be read as something else than a string: a number, true, false, null, or one of the words
/// (yes, no, on, off) that other YAML readers take for booleans.
bool looks_typed(std::string_view text);

}  // namespace cnnctl
