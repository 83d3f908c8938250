#include "config/shared_schema.hpp"

#include <map>

#include "config/json.hpp"

namespace cnnctl {
namespace {

constexpr std::size_t kShortest = 50;  // letters that are worth a reference

bool is_own(std::string_view key) { return key == "description" || key == "default"; }

bool has_own(const Node& schema) { return schema.find("description") != nullptr || schema.find("default") != nullptr; }

/// What a place shares with others of its kind.
Node common_part(const Node& schema) {
  Node part = Node::map();
  for (const Node::Entry& entry : schema.entries())
    if (!is_own(entry.key)) part.set(entry.key, entry.value);
  return part;
}

class Sharing {
 public:
  Node run(const Node& schema) {
    visit(schema, [this](const Node& part) {
      ++count_[write_json(part)];
      if (has_own(part)) ++count_[write_json(common_part(part))];
    });
    Node result = inside(schema);
    if (definitions_.entries().empty()) return result;
    result.set("$defs", std::move(definitions_));
    return result;
  }

 private:
  /// Calls body(schema) for the schemas that stand directly inside of one.
  template <class Schema, class Body>
  static void for_children(Schema& schema, const Body& body) {
    for (auto& entry : schema.entries()) {
      if (entry.key == "properties" || entry.key == "patternProperties")
        for (auto& property : entry.value.entries()) body(property.value);
      if ((entry.key == "items" || entry.key == "additionalProperties") && entry.value.is_map()) body(entry.value);
      if (entry.key == "anyOf" || entry.key == "oneOf" || entry.key == "allOf" || entry.key == "prefixItems")
        for (auto& item : entry.value.items()) body(item);
    }
  }

  template <class Body>
  static void visit(const Node& schema, const Body& body) {
    for_children(schema, [&](const Node& child) {
      if (!child.is_map()) return;
      body(child);
      visit(child, body);
    });
  }

  Node inside(Node schema) {
    for_children(schema, [&](Node& child) {
      if (child.is_map()) child = shared(child);
    });
    return schema;
  }

  /// A reference, or the schema with what is inside of it shared. What is the same with its description is said once;
  /// else what is the same without.
  Node shared(const Node& schema) {
    if (const std::string text = write_json(schema); is_worth(text)) return reference_to(schema, text);
    if (!has_own(schema)) return inside(schema);
    return without_own(schema);
  }

  Node without_own(const Node& schema) {
    const Node part = common_part(schema);
    const std::string text = write_json(part);
    if (!is_worth(text)) return inside(schema);
    Node reference = reference_to(part, text);
    for (const Node::Entry& entry : schema.entries())
      if (is_own(entry.key)) reference.set(entry.key, entry.value);
    return reference;
  }

  bool is_worth(const std::string& text) { return text.size() >= kShortest && count_[text] >= 2; }

  Node reference_to(const Node& part, const std::string& text) {
    auto found = names_.find(text);
    if (found == names_.end()) {
      found = names_.emplace(text, std::to_string(names_.size() + 1)).first;
      definitions_.set(found->second, {});  // in the order of the first place
      Node definition = has_own(part) ? without_own(part) : inside(part);
      definitions_.set(found->second, std::move(definition));
    }
    Node reference = Node::map();
    reference.set("$ref", Node::string("#/$defs/" + found->second));
    return reference;
  }

  std::map<std::string, int> count_;          // by its text, with what is its own and without
  std::map<std::string, std::string> names_;  // of the definitions, likewise
  Node definitions_ = Node::map();
};

}  // namespace

Node with_shared_definitions(const Node& schema) { return Sharing().run(schema); }

}  // namespace cnnctl
