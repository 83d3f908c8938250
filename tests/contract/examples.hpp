// What the laws of all catalogues share: examples cover the catalogue itself, never a copy of its list.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/codec.hpp"
#include "config/yaml.hpp"
#include "configure.hpp"

namespace cnnctl::testing {

/// "sgd {momentum: 0.9}"
inline std::string text_of(const std::string& kind, const std::string& yaml) {
  return yaml.empty() ? kind : kind + " " + yaml;
}

/// What is written as YAML reads back the same.
template <class Base>
void check_round_trip(const Choice<Base>& choice) {
  Choice<Base> written = choice;
  const std::string first = write_yaml(write_fields(*written));
  Choice<Base> again = configure(Catalog<Base>("entry", std::span(&choice.kind, 1)), choice.kind->name, first);
  CHECK(write_yaml(write_fields(*again)) == first);
}

/// Every kind of the catalogue has `least` cases or more, one if it has next to no fields, and all of them differ;
/// their fields, and those of the kind's own example, are legal and come back from YAML as they went in. A case has
/// `kind` and `yaml`.
template <class Base, class Case>
void check_examples(const Catalog<Base>& catalog, const std::vector<Case>& cases, int least) {
  std::map<std::string_view, int> count;
  std::map<std::string, int> once;
  for (const Case& c : cases) {
    INFO(c.text());
    ++count[c.kind];
    CHECK(++once[c.text()] == 1);
    check_round_trip(configure(catalog, c.kind, c.yaml));
  }
  for (const Kind<Base>* kind : catalog.kinds()) {
    INFO(catalog.noun() << " " << kind->name << " is in the catalogue and needs examples in tests/contract");
    CHECK(count[kind->name] >= (kind->example.empty() ? 1 : least));
    CHECK(!kind->summary.empty());
    check_round_trip(configure(catalog, kind->name, std::string(kind->example)));
  }
}

}  // namespace cnnctl::testing
