// Things made from YAML, as users make them.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "config/fields.hpp"
#include "config/yaml.hpp"

namespace cnnctl::testing {

/// The catalogue's entry `name`, its fields read from `yaml` ("{lr: 0.1}", or "" for none). Throws ConfigError.
template <class Base>
Choice<Base> configure(const Catalog<Base>& catalog, std::string_view name, const std::string& yaml = "") {
  const Kind<Base>* kind = catalog.find(name);
  REQUIRE(kind != nullptr);
  Choice<Base> choice(*kind);
  Diagnostics diagnostics;
  const Node node = parse_yaml(yaml, "test.yaml", diagnostics);
  read_fields(*choice, node, name, diagnostics);
  diagnostics.throw_if_errors();
  return choice;
}

}  // namespace cnnctl::testing
