// Every configuration that ships reads, plans, and comes back from its resolved form.
#include <doctest/doctest.h>

#include <filesystem>

#include "experiment/experiment.hpp"
#include "paths.hpp"

TEST_SUITE("experiment") {
  using namespace cnnctl;

  TEST_CASE("every file in configs/ is a network, without errors and without softmax or momentum traps") {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(testing::kSourceFolder + "/configs")) {
      if (entry.path().extension() != ".yaml") continue;
      const std::string path = entry.path().string();
      CAPTURE(path);
      ++files;
      const Experiment experiment = load_experiment(path, {});
      CHECK(experiment.settings.name.find(' ') == std::string::npos);
      const std::string resolved = resolved_yaml(experiment);
      CHECK(resolved_yaml(parse_experiment(resolved, path, {})) == resolved);
      for (const Diagnostic& warning : experiment.warnings)
        CHECK_MESSAGE(warning.message.find("has no effect before batch norm") != std::string::npos, warning.message);
    }
    CHECK(files >= 5);
  }
}
