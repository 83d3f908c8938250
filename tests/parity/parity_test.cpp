// One half of `make parity`: runs layers, losses, optimizers and schedules on the settings that parity.py has drawn,
// and writes down what came out. The other half computes the same with PyTorch.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "drawn_parameters.hpp"
#include "parity/numbers_answer.hpp"

namespace cnnctl::testing {
namespace {

using nlohmann::json;

Shape shape_of(const json& sizes) {
  const auto numbers = sizes.get<std::vector<std::int64_t>>();
  return Shape(numbers);
}

/// Parameters as memory has them, with what turns that into the file's order.
json parameters_of(const LayerRun& run) {
  json all = json::array();
  for (std::size_t i = 0; i < run.arrays.size(); ++i) {
    const Parameter& p = run.arrays[i];
    all.push_back({{"name", p.name},
                   {"shape", p.shape},
                   {"split", p.split},
                   {"order", p.order},
                   {"values", run.parameters[i]},
                   {"gradient", run.trains(i) ? run.parameter_gradients[i] : Numbers()}});
  }
  return all;
}

json layer_answer(const json& question) {
  std::vector<Shape> shapes;
  for (const json& sizes : question.at("shapes")) shapes.push_back(shape_of(sizes));
  const Mode mode = question.at("mode") == "train" ? Mode::train : Mode::infer;
  LayerRun run(question.at("kind").get<std::string>(), question.at("yaml").get<std::string>(), shapes,
               question.at("batch").get<std::int64_t>(), mode);
  draw_parameters(run);
  json answer = {{"x", run.x}, {"dy", run.dy}, {"before", parameters_of(run)}};
  run.forward();
  if (mode == Mode::train) run.backward();
  const auto sizes = run.plan.output.sizes();
  answer["shape"] = std::vector<std::int64_t>(sizes.begin(), sizes.end());
  answer["y"] = run.y;
  answer["dx"] = run.dx;
  answer["after"] = parameters_of(run);
  return answer;
}

}  // namespace

TEST_SUITE("parity") {
  TEST_CASE("answers the questions of parity.py" * doctest::skip()) {
    const char* questions = std::getenv("CNNCTL_PARITY_QUESTIONS");
    const char* answers = std::getenv("CNNCTL_PARITY_ANSWERS");
    REQUIRE(questions != nullptr);
    REQUIRE(answers != nullptr);
    std::ifstream in(questions);
    std::ofstream out(answers);
    for (std::string line; std::getline(in, line);) {
      INFO(line);
      const json question = json::parse(line);
      try {
        out << (question.contains("about") ? numbers_answer(question) : layer_answer(question)) << '\n';
      } catch (const Error& error) {
        out << json{{"error", error.what()}} << '\n';
      }
    }
    REQUIRE(out.good());
  }
}

}  // namespace cnnctl::testing
