// Every layer of the catalogue before the law.
#include <doctest/doctest.h>

#include <map>
#include <optional>

#include "contract/layer_cases.hpp"
#include "contract/layer_law.hpp"

namespace cnnctl::testing {
namespace {

/// Weights of transposed convolutions and of recurrent layers meet the places of their input.
std::optional<std::int64_t> own_macs(const LayerCase& c) {
  const bool recurrent = c.kind == "rnn" || c.kind == "lstm" || c.kind == "gru";
  if (!recurrent && c.kind.rfind("conv_transpose", 0) != 0) return std::nullopt;
  const Plan plan = configure(layers(), c.kind, c.yaml)->plan({.shapes = c.shapes});
  std::int64_t weights = 0;
  for (const Parameter& p : plan.parameters)
    if (p.role == Parameter::Role::weight) weights += p.count();
  return weights * c.shapes.front().positions();
}

Subject subject_of(const LayerCase& c) {
  Subject subject{.layer = configure(layers(), c.kind, c.yaml), .shapes = c.shapes, .infer_only = c.infer_only};
  subject.macs = own_macs(c);
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
