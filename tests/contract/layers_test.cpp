// Every layer of the catalogue before the law.
#include <doctest/doctest.h>

#include <map>
#include <optional>

#include "config/doc.hpp"
#include "contract/layer_cases.hpp"
#include "contract/layer_law.hpp"
#include "data/transform.hpp"
#include "losses/loss.hpp"
#include "metrics/metric.hpp"
#include "optim/optimizer.hpp"
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

  TEST_CASE("the reference gives a formula for every entry, in one line, and an example that can be read") {
    const auto check = [](const auto& catalog) {
      for (const EntryDoc& entry : document(catalog)) {
        INFO(entry.noun << " " << entry.name);
        CHECK(!entry.formula.empty());
        CHECK(entry.formula.size() <= 120);
        CHECK(line_of(catalog.find(entry.name)->summary, 3).empty());
        CHECK_NOTHROW(configure(catalog, entry.name, entry.example));
      }
    };
    check(layers());
    check(losses());
    check(metrics());
    check(optimizers());
    check(schedules());
    check(transforms());
  }

  TEST_CASE("every layer: its example is legal, its summary a sentence, and it is tried in two cases at least") {
    std::map<std::string_view, int> cases;
    for (const LayerCase& c : layer_cases()) ++cases[c.kind];
    for (const Kind<Layer>* kind : layers().kinds()) {
      INFO(kind->name);
      CHECK_NOTHROW(configure(layers(), kind->name, std::string(kind->example)));
      CHECK(line_of(kind->summary, 0).ends_with('.'));
      CHECK(cases[kind->name] >= 2);
    }
  }
}

}  // namespace cnnctl::testing
