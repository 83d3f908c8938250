// JSON Schema of a whole configuration file: the fields' own schemas, joined where one choice decides about others.
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "config/doc.hpp"
#include "config/json.hpp"
#include "config/shared_schema.hpp"
#include "experiment/experiment.hpp"
#include "model/zoo.hpp"

namespace cnnctl {
namespace {

Node text(std::string_view value) { return Node::string(std::string(value)); }

Node constant(std::string_view word) {
  Node schema = Node::map();
  schema.set("const", text(word));
  return schema;
}

Node typed(std::string_view type) {
  Node schema = Node::map();
  schema.set("type", text(type));
  return schema;
}

Node any_of(std::vector<Node> schemas) {
  Node schema = Node::map();
  schema.set("anyOf", Node::list(std::move(schemas)));
  return schema;
}

/// `data:` once for each format, since the format's fields stand beside the common ones.
Node data_schema() {
  std::vector<Node> formats;
  for (const Kind<Dataset>* kind : datasets().kinds()) {
    DataConfig data;
    data.format.dataset = Choice<Dataset>(*kind);
    Node schema = schema_of(data);
    if (Node* properties = schema.find("properties")) properties->set("format", constant(kind->name));
    formats.push_back(std::move(schema));
  }
  return any_of(std::move(formats));
}

/// One entry of `layers:`: a word, or a map with one key. Blocks and $variables are free, so that a layer's fields are
/// offered to an editor but not enforced; `config check` enforces them.
Node layer_schema() {
  Node properties = Node::map();
  for (const Kind<Layer>* kind : layers().kinds()) {
    const std::unique_ptr<Layer> fresh = kind->make();
    Node schema = schema_of(*fresh);
    schema.set("description", text(line_of(kind->summary, 0)));
    properties.set(kind->name, any_of({std::move(schema), Node::map()}));
  }
  Node entry = typed("object");
  entry.set("properties", std::move(properties));
  return any_of({typed("string"), std::move(entry)});
}

/// `model: {zoo: resnet18, classes: 2}`; which parameters there are is the network's matter.
Node zoo_schema() {
  Node names = Node::list();
  for (const std::string_view name : zoo_names()) names.items().push_back(text(name));
  Node word = typed("string");
  word.set("enum", std::move(names));
  Node properties = Node::map();
  properties.set("zoo", std::move(word));
  Node schema = typed("object");
  schema.set("properties", std::move(properties));
  schema.set("required", Node::list({text("zoo")}));
  return schema;
}

Node model_schema() {
  Node integers = typed("array");
  integers.set("items", typed("integer"));
  Node list = typed("array");
  list.set("items", layer_schema());
  Node named = typed("object");
  named.set("additionalProperties", integers);
  Node names = typed("array");
  names.set("items", typed("string"));
  Node properties = Node::map();
  properties.set("params", typed("object"));
  properties.set("input", any_of({std::move(integers), typed("array")}));
  properties.set("inputs", std::move(named));
  properties.set("layers", std::move(list));
  properties.set("outputs", any_of({typed("string"), std::move(names)}));
  properties.set("defaults", typed("object"));
  properties.set("changes", typed("object"));
  Node schema = typed("object");
  schema.set("properties", std::move(properties));
  schema.set("required", Node::list({text("layers")}));
  return any_of({std::move(schema), zoo_schema()});
}

}  // namespace

std::string experiment_schema() {
  Settings settings;
  const Node fields = schema_of(settings);
  Node schema = Node::map();
  schema.set("$schema", text("https://json-schema.org/draft/2020-12/schema"));
  schema.set("title", text("cnnctl experiment"));
  for (const Node::Entry& entry : fields.entries()) schema.set(entry.key, entry.value);
  if (Node* properties = schema.find("properties")) {
    properties->set("data", data_schema());
    properties->set("model", model_schema());
  }
  return json_line(nlohmann::ordered_json::parse(write_json(with_shared_definitions(schema)))) + "\n";
}

}  // namespace cnnctl
