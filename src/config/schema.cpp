#include "config/schema.hpp"

#include "config/scalars.hpp"

namespace cnnctl {

Node schema_type(std::string_view name) {
  Node schema = Node::map();
  schema.set("type", Node::string(std::string(name)));
  return schema;
}

Node schema_number(std::string_view type, const Limits& limits) {
  const Limits none;
  Node schema = schema_type(type);
  if (limits.low > none.low)
    schema.set(limits.low_open ? "exclusiveMinimum" : "minimum", Node::plain(number_text(limits.low)));
  if (limits.high < none.high)
    schema.set(limits.high_open ? "exclusiveMaximum" : "maximum", Node::plain(number_text(limits.high)));
  return schema;
}

Node schema_array(Node items, int count) {
  Node schema = schema_type("array");
  schema.set("items", std::move(items));
  if (count == 0) return schema;
  schema.set("minItems", Node::plain(std::to_string(count)));
  schema.set("maxItems", Node::plain(std::to_string(count)));
  return schema;
}

Node schema_words(std::span<const std::string_view> words) {
  Node list = Node::list();
  for (const std::string_view word : words) list.items().push_back(Node::string(std::string(word)));
  Node schema = Node::map();
  schema.set("enum", std::move(list));
  return schema;
}

Node schema_any(std::vector<Node> alternatives) {
  Node schema = Node::map();
  schema.set("anyOf", Node::list(std::move(alternatives)));
  return schema;
}

Node schema_one_of(Node properties) {
  Node schema = schema_type("object");
  schema.set("properties", std::move(properties));
  schema.set("minProperties", Node::plain("1"));
  schema.set("maxProperties", Node::plain("1"));
  schema.set("additionalProperties", Node::plain("false"));
  return schema;
}

}  // namespace cnnctl
