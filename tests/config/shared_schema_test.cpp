// Definitions that are moved and referred to: what is read with them in place is what it was.
#include "config/shared_schema.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "config/json.hpp"
#include "config/yaml.hpp"
#include "experiment/experiment.hpp"

namespace cnnctl::testing {
namespace {

using nlohmann::json;

/// The schema with every reference replaced by what it refers to.
json opened(const json& schema, const json& definitions) {
  if (schema.is_array()) {
    json all = json::array();
    for (const json& item : schema) all.push_back(opened(item, definitions));
    return all;
  }
  if (!schema.is_object()) return schema;
  json all = json::object();
  if (schema.contains("$ref")) {
    const std::string path = schema["$ref"];
    REQUIRE(path.starts_with("#/$defs/"));
    all = opened(definitions.at(path.substr(8)), definitions);
  }
  for (const auto& [key, value] : schema.items())
    if (key != "$ref" && key != "$defs") all[key] = opened(value, definitions);
  return all;
}

}  // namespace

TEST_SUITE("config") {
  TEST_CASE("shared definitions: each is said once, descriptions stay, and the meaning is the same") {
    const std::string yaml = R"(
type: object
properties:
  a: {type: integer, minimum: 1, maximum: 99999, description: the first of several}
  b: {type: integer, minimum: 1, maximum: 99999, description: another}
  c: {anyOf: [{type: integer, minimum: 1, maximum: 99999, description: another}, {type: string}], default: x}
  d: {type: string}
)";
    Diagnostics diagnostics;
    const Node schema = parse_yaml(yaml, "schema.yaml", diagnostics);
    const json plain = json::parse(write_json(schema));
    const json shared = json::parse(write_json(with_shared_definitions(schema)));
    REQUIRE(shared.contains("$defs"));
    CHECK(opened(shared, shared["$defs"]) == plain);
    CHECK(shared["properties"]["a"]["description"] == "the first of several");
    CHECK(shared["properties"]["b"] == shared["properties"]["c"]["anyOf"][0]);
    CHECK(shared.dump().find("99999") == shared.dump().rfind("99999"));
  }

  TEST_CASE("the schema of a configuration is below 120 KB, and its references hold") {
    const std::string text = experiment_schema();
    CHECK(text.size() < 120 * 1000);
    const json schema = json::parse(text);
    const json all = opened(schema, schema["$defs"]);
    CHECK(all["properties"]["optimizer"].dump().find("learning rate") != std::string::npos);
    CHECK(all["properties"]["model"].dump().find("number of filters") != std::string::npos);
  }
}

}  // namespace cnnctl::testing
