// Every layer of the catalogue before the law.
#include <doctest/doctest.h>

#include <map>

#include "contract/layer_cases.hpp"
#include "contract/layer_law.hpp"

namespace cnnctl::testing {
namespace {

Subject subject_of(const LayerCase& c) {
  Subject subject{.layer = configure(layers(), c.kind, c.yaml), .shapes = c.shapes, .infer_only = c.infer_only};
  for (const LayerCase::Named& next : c.behind) subject.behind.push_back(configure(layers(), next.kind, next.yaml));
  return subject;
}

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("every layer keeps the law") {
    const Crews crews;
    for (const LayerCase& c : layer_cases()) {
      INFO(c.text());
      const Breaches breaches = breaches_of(subject_of(c), crews);
      CHECK_MESSAGE(breaches.empty(), text(breaches));
    }
  }

  TEST_CASE("every layer: its example is legal, its summary a sentence, and it is tried in two cases at least") {
    std::map<std::string_view, int> cases;
    for (const LayerCase& c : layer_cases()) ++cases[c.kind];
    for (const Kind<Layer>* kind : layers().kinds()) {
      INFO(kind->name);
      CHECK_NOTHROW(configure(layers(), kind->name, std::string(kind->example)));
      CHECK(kind->summary.ends_with('.'));
      CHECK(cases[kind->name] >= 2);
    }
  }
}

}  // namespace cnnctl::testing
