// Every dataset format of the catalogue before the law.
#include <doctest/doctest.h>

#include <map>

#include "configure.hpp"
#include "contract/dataset_law.hpp"

namespace cnnctl::testing {
namespace {

/// A case with its files, ready to be opened.
struct Written {
  explicit Written(const DatasetCase& c) { c.write(folder), dataset = c.configured(folder); }

  TemporaryFolder folder;
  Choice<Dataset> dataset;
  Open open = [this](Split split, const Workers& workers) { return dataset->open(split, workers); };
};

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("every dataset format keeps the law") {
    for (const DatasetCase& c : dataset_cases()) {
      if (c.large) continue;
      INFO(c.name());
      const Written written(c);
      const Breaches breaches = breaches_of(written.open, c);
      CHECK_MESSAGE(breaches.empty(), text(breaches));
      for (const Split split : {Split::train, Split::test}) {
        const std::optional<Outline> outline = written.dataset->outline(split);
        if (!outline) continue;
        const std::unique_ptr<Samples> samples = written.open(split, Workers(1));
        const Column& input = samples->spec().column(samples->spec().input);
        CHECK(outline->count == samples->count());
        CHECK(outline->input == input.shape);
        CHECK(outline->value_bytes == bytes_of(input.element));
      }
    }
  }

  TEST_CASE("every dataset format holds in memory what it says") {
    for (const DatasetCase& c : dataset_cases()) {
      if (!c.large) continue;
      INFO(c.name());
      const Written written(c);
      const Breaches breaches = memory_breaches_of(written.open);
      CHECK_MESSAGE(breaches.empty(), text(breaches));
    }
  }

  TEST_CASE("every dataset format reads or refuses what is damaged, and says where") {
    for (const DatasetCase& c : dataset_cases()) {
      if (c.large) continue;
      INFO(c.name());
      const Written written(c);
      for (const DatasetCase::File& file : c.files) {
        const Breaches breaches = damage_breaches_of(written.open, file, written.folder);
        CHECK_MESSAGE(breaches.empty(), text(breaches));
      }
    }
  }

  TEST_CASE("every dataset format: its example is legal, and it is tried on two small sets at least and a large one") {
    std::map<std::string_view, int> small, large;
    for (const DatasetCase& c : dataset_cases()) ++(c.large ? large : small)[c.kind];
    for (const Kind<Dataset>* kind : datasets().kinds()) {
      INFO(kind->name);
      CHECK_NOTHROW(configure(datasets(), kind->name, std::string(kind->example)));
      CHECK(small[kind->name] >= 2);
      CHECK(large[kind->name] >= 1);
    }
  }
}

}  // namespace cnnctl::testing
