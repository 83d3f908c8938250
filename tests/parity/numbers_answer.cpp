#include "parity/numbers_answer.hpp"

#include <cmath>

#include "losses/batch.hpp"
#include "optim/bench.hpp"

namespace cnnctl::testing {
namespace {

using nlohmann::json;
using Numbers = std::vector<double>;

template <class Base>
Choice<Base> chosen(const Catalog<Base>& catalog, const json& question) {
  const json& fields = question.at("fields");
  return configure(catalog, question.at("kind").get<std::string>(), fields.empty() ? "" : fields.dump());
}

Numbers numbers(const json& list) { return list.get<Numbers>(); }

std::vector<real> reals(const json& list) {
  const Numbers values = numbers(list);
  return {values.begin(), values.end()};
}

Numbers of_loss(const json& question) {
  const auto sizes = question.at("shape").get<std::vector<std::int64_t>>();
  Batch batch(Shape(sizes), question.at("batch").get<std::int64_t>());
  const std::vector<real> output = reals(question.at("output"));
  REQUIRE(std::ssize(output) == batch.output.count());
  std::copy(output.begin(), output.end(), batch.output.data());
  batch.labels = question.at("classes").get<std::vector<std::int32_t>>();
  batch.soft = reals(question.at("values"));
  const Workers workers(1);
  Numbers got{batch.evaluate(chosen(losses(), question), workers)};
  for (const real value : batch.gradient) got.push_back(static_cast<double>(value));
  return got;
}

/// The gradient of value i at step t is curvature[i] * w[i] + sin(t + i).
Numbers of_optimizer(const json& question) {
  std::vector<real> values, curvature;
  std::vector<std::int64_t> begins;
  for (const json& parameter : question.at("values")) {
    begins.push_back(std::ssize(values));
    for (const real value : reals(parameter)) values.push_back(value);
  }
  for (const json& parameter : question.at("curvature"))
    for (const real value : reals(parameter)) curvature.push_back(value);
  Bench bench(question.at("kind").get<std::string>(), question.at("fields").dump(), values, values);
  bench.cut(begins);
  const Workers workers(1);
  Numbers got;
  for (int t = 0; t < question.at("steps").get<int>(); ++t) {
    for (std::size_t i = 0; i < values.size(); ++i)
      bench.gradients[i] = curvature[i] * bench.values[i] + static_cast<real>(std::sin(static_cast<double>(i) + t));
    bench.step(workers);
    for (const real value : bench.values) got.push_back(static_cast<double>(value));
  }
  return got;
}

Numbers of_schedule(const json& question) {
  const Choice<Schedule> schedule = chosen(schedules(), question);
  const Numbers results = numbers(question.at("results"));
  const double lr = question.at("lr").get<double>();
  Progress at{0, question.at("per_epoch").get<std::int64_t>(), question.at("epochs").get<std::int64_t>()};
  Numbers got;
  for (; at.step < at.steps_per_epoch * at.epochs; ++at.step) {
    got.push_back(lr * schedule->factor(at));
    if (results.empty()) continue;
    REQUIRE(at.steps_per_epoch == 1);
    const bool larger = question.at("larger_is_better").get<bool>();
    schedule->note({results[static_cast<std::size_t>(at.step)], larger, lr}, at.noted);
  }
  return got;
}

}  // namespace

json numbers_answer(const json& question) {
  const std::string about = question.at("about").get<std::string>();
  if (about == "loss") return {{"got", of_loss(question)}};
  if (about == "optimizer") return {{"got", of_optimizer(question)}};
  REQUIRE(about == "schedule");
  return {{"got", of_schedule(question)}};
}

}  // namespace cnnctl::testing
