// What PyTorch computes, held without PyTorch: of each loss, optimizer and schedule two of the settings that `make
// parity` tries. `scripts/parity.sh --values` writes pytorch_values.jsonl.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <set>

#include "parity/numbers_answer.hpp"
#include "paths.hpp"
#include "tensor/real.hpp"

namespace cnnctl::testing {
namespace {

using nlohmann::json;
using Numbers = std::vector<double>;

/// The values that the file has: of an optimizer those after its 1st, its 10th and its last step.
Numbers kept(const json& question, const Numbers& all) {
  if (question.at("about") != "optimizer") return all;
  const std::size_t steps = question.at("steps").get<std::size_t>(), width = all.size() / steps;
  Numbers some;
  for (const std::size_t step : {std::size_t{0}, std::size_t{9}, steps - 1})
    some.insert(some.end(), all.begin() + static_cast<std::ptrdiff_t>(step * width),
                all.begin() + static_cast<std::ptrdiff_t>((step + 1) * width));
  return some;
}

/// Checks all settings of one subject; returns how many kinds there were.
std::size_t check_all(const std::string& about, double near) {
  std::ifstream file(kSourceFolder + "/tests/parity/pytorch_values.jsonl");
  REQUIRE(file.good());
  std::set<std::string> kinds;
  for (std::string line; std::getline(file, line);) {
    const json entry = json::parse(line), &question = entry.at("question");
    if (question.at("about") != about) continue;
    kinds.insert(question.at("kind").get<std::string>());
    INFO(question.at("kind") << " " << question.at("fields"));
    const Numbers got = kept(question, numbers_answer(question).at("got").get<Numbers>());
    const Numbers want = entry.at("want").get<Numbers>();
    REQUIRE(got.size() == want.size());
    double largest = 1, off = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      largest = std::max(largest, std::abs(want[i]));
      off = std::max(off, std::isnan(got[i]) ? 1 : std::abs(got[i] - want[i]));
    }
    CHECK(off <= near * largest);
  }
  return kinds.size();
}

constexpr bool kExact = sizeof(real) == 8;

}  // namespace

TEST_SUITE("losses") {
  TEST_CASE("losses: means and gradients are PyTorch's") { CHECK(check_all("loss", kExact ? 1e-8 : 2e-6) >= 11); }
}

TEST_SUITE("optim") {
  TEST_CASE("optimizers: fifty steps are PyTorch's, or the paper's") {
    CHECK(check_all("optimizer", kExact ? 1e-7 : 2e-4) >= 12);
  }
  TEST_CASE("schedules: fifty steps are PyTorch's; plateau's over fifty epochs of given results") {
    CHECK(check_all("schedule", 1e-8) >= 12);
  }
}

}  // namespace cnnctl::testing
