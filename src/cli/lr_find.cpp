// cnnctl lr-find: which learning rate to begin with.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/curve.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace cnnctl::cli {
namespace {

/// "optimizer.lr=0.0123"
std::string as_override(double lr) { return fmt::format("optimizer.lr={:.3g}", lr); }

plot::Chart chart_of(const PreparedRun& run, const RangeTestResult& result) {
  plot::Chart chart;
  chart.title = fmt::format("{}: loss as the learning rate grows, batch size {}", run.settings().name,
                            run.settings().data.batch_size);
  chart.x_label = "learning rate";
  chart.y_label = "loss";
  chart.log_x = true;
  plot::Line each{{}, "each step", true}, smoothed{{}, "smoothed"};
  for (const RangeTestResult::Point& p : result.points) {
    chart.x.push_back(p.lr);
    each.y.push_back(p.loss);
    smoothed.y.push_back(p.smoothed);
  }
  // The leap at the end, of any size, would leave no room for the curve before it.
  const auto least = std::ranges::min_element(smoothed.y);
  const double before = *std::max_element(smoothed.y.begin(), least + 1), fall = before - *least;
  chart.y_most = before + (fall > 0 ? fall / 2 : std::abs(before));
  chart.lines = {each, smoothed};
  if (result.suggestion) chart.mark = plot::Mark{*result.suggestion, as_override(*result.suggestion)};
  return chart;
}

std::string text_of(const PreparedRun& run, const RangeTestResult& result) {
  const std::vector<RangeTestResult::Point>& points = result.points;
  std::string text = curve(chart_of(run, result)) + "\n";
  text += fmt::format("{}, rates from {:.3g} to {:.3g}{}\n", counted(static_cast<std::int64_t>(points.size()), "step"),
                      points.front().lr, points.back().lr, result.diverged ? ", where the loss diverged" : "");
  if (!result.suggestion) return text + "the loss never falls: there is no rate to suggest\n";
  return text + fmt::format("where the smoothed loss falls fastest:\n{}\n", as_override(*result.suggestion));
}

std::string json_of(const PreparedRun& run, const RangeTestResult& result) {
  nlohmann::ordered_json json = {
      {"schema", "cnnctl.lr-find/1"}, {"name", run.settings().name}, {"batch_size", run.settings().data.batch_size},
      {"diverged", result.diverged},  {"suggestion", nullptr},       {"points", nlohmann::ordered_json::array()}};
  if (result.suggestion) json["suggestion"] = *result.suggestion;
  for (const RangeTestResult::Point& p : result.points)
    json["points"].push_back({{"lr", p.lr}, {"loss", p.loss}, {"smoothed", p.smoothed}});
  return json_page(json);
}

}  // namespace

void setup(CommandLine& line, LrFindOptions& options) {
  Command command = line.command("lr-find", "Train some steps at growing rates, and suggest one to begin with",
                                 [&options] { return run(options); });
  constexpr Range kRates{1e-30, 1e30};
  command.text({"config", "CONFIG", "configuration file", true}, options.source.config);
  add_overrides(command, options.source.overrides);
  command.text({"--init-from", "FILE", "begin with the weights of a checkpoint that fit"}, options.source.init_from);
  command.number({"--from", "LR", "first rate; default: 1e-7"}, options.test.from, kRates);
  command.number({"--to", "LR", "last rate; default: 10"}, options.test.to, kRates);
  command.whole({"--steps", "N", "how many at most; default: 100"}, options.test.steps, 10, 1'000'000);
  command.text({"--png", "FILE", "draw the curve to this file as well"}, options.png);
  add_threads(command, options.source.threads);
  add_text_or_json(command, options.format);
}

int run(const LrFindOptions& options) {
  require_overrides(options.source.overrides);
  if (options.test.from >= options.test.to)
    throw UsageError(fmt::format("--from {:g} must be below --to {:g}", options.test.from, options.test.to));
  PreparedRun prepared(options.source, note);
  const RangeTestResult result = test_rates(prepared, options.test, note);
  if (result.points.empty())
    throw TrainingError("the loss of the first step is not finite: no rate can be tried from these weights");
  write_curve(options.png, chart_of(prepared, result));
  print(options.format == Format::json ? json_of(prepared, result) : text_of(prepared, result));
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
