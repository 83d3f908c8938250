#include "cli/bench_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"

namespace cnnctl::cli {
namespace {

using Json = nlohmann::ordered_json;

double images_per_second(const BenchSize& size, double ms) {
  return ms > 0 ? static_cast<double>(size.batch_size) * 1000 / ms : 0;
}

std::string images(const BenchSize& size, double ms) {
  return with_commas(static_cast<std::int64_t>(images_per_second(size, ms)));
}

std::string head_of(const BenchReport& report, const BenchRun& run) {
  const BenchSize& size = run.size;
  return fmt::format("{}: batch size {}, {}{}\n", report.name, size.batch_size, counted(size.threads, "thread"),
                     run.limit ? fmt::format(", limit {:.0f} GFLOP/s", *run.limit) : "");
}

std::string speed_of(const BenchRun& run) {
  const auto line = [&](std::string_view what, double ms) {
    return fmt::format("{:<10}{:>12.3f} ms{:>14} images/s\n", what, ms, images(run.size, ms));
  };
  return line("train", run.result.train.median_ms) + line("forward", run.result.forward.median_ms);
}

/// Time, GFLOP/s (a multiply-add is two operations) and percent of the limit: 21 columns.
std::string cells(const BenchRun& run, double ms, std::int64_t macs) {
  const std::string time = ms < 1000 ? fmt::format("{:>8.3f}", ms) : fmt::format("{:>8.0f}", ms);
  if (macs == 0 || !(ms > 0)) return fmt::format("{}{:>8}{:>5}", time, "-", "-");
  const double rate = 2e-6 * static_cast<double>(macs * run.size.batch_size) / ms;
  return fmt::format("{}{:>8.0f}{:>5.0f}", time, rate, run.limit ? 100 * rate / *run.limit : 0);
}

constexpr std::string_view kNoCells = "       -       -    -";

/// The rows of an operation table fit 80 columns: what times and rates leave goes to the algorithms, then the names.
std::string operations_of(const BenchReport& report, const BenchRun& run) {
  constexpr std::size_t kRoom = 80 - 2 * kNoCells.size(), kLongestAlgorithm = 25;
  const StepTiming& step = run.result.step;
  std::size_t longest = std::max({std::string_view("algorithm").size(), report.loss.size(), report.optimizer.size()});
  for (const OperationTiming& o : step.operations) longest = std::max(longest, o.info.algorithm.size());
  const std::size_t width = std::min(longest, kLongestAlgorithm), names = kRoom - width - 1;
  const auto row = [&](const std::string& name, const std::string& algorithm, std::string_view forward,
                       std::string_view backward) {
    const std::string shown = algorithm.size() <= width ? algorithm : algorithm.substr(0, width - 2) + "..";
    return fmt::format("{:<{}} {:<{}}{}{}\n", fitted(name, names - 1), names - 1, shown, width + 1, forward, backward);
  };
  std::string text = row("operation", "algorithm", "  fwd ms GFLOP/s    %", "  bwd ms GFLOP/s    %");
  for (const OperationTiming& o : step.operations)
    text += row(o.info.name, o.info.algorithm, cells(run, o.forward_ms, o.info.macs),
                cells(run, o.backward_ms, o.info.backward_macs));
  text += row("loss", report.loss, cells(run, step.loss_ms, 0), kNoCells);
  text += row("optimizer", report.optimizer, kNoCells, cells(run, step.optimizer_ms, 0));
  return text + fmt::format(
                    "a step took {:.3f} ms in the mean, of which {:.0f} us ({:.1f} %) are in no row:\n"
                    "the way from one to the next, and taking these times\n",
                    step.step_ms, 1000 * step.rest_ms(), 100 * step.rest_ms() / step.step_ms);
}

/// A line a run; the speed-up is over the first run with the same batch size.
std::string table_of(const BenchReport& report) {
  std::string text = fmt::format("{}\n{:>7}{:>8}{:>12}{:>11}{:>9}{:>12}{:>11}{:>9}\n", report.name, "threads", "batch",
                                 "train ms", "images/s", "speed-up", "forward ms", "images/s", "speed-up");
  for (const BenchRun& run : report.runs) {
    const BenchRun& first = *std::ranges::find_if(
        report.runs, [&](const BenchRun& other) { return other.size.batch_size == run.size.batch_size; });
    const auto columns = [&](double ms, double alone) {
      return fmt::format("{:.3f}{:>11}{:>9}", ms, images(run.size, ms), fmt::format("{:.2f}x", alone / ms));
    };
    text += fmt::format("{:>7}{:>8}{:>32}{:>32}\n", run.size.threads, run.size.batch_size,
                        columns(run.result.train.median_ms, first.result.train.median_ms),
                        columns(run.result.forward.median_ms, first.result.forward.median_ms));
  }
  return text;
}

std::string comparison_of(const Comparison& comparison) {
  std::string text = fmt::format("\nleast times now / in {}, above 1 is slower\n{:>7}{:>8}{:>12}{:>12}\n",
                                 comparison.file, "threads", "batch", "train", "forward");
  for (const SpeedRatio& r : comparison.ratios)
    text += fmt::format(
        "{:>7}{:>8}{:>12.3f}{:>12.3f}{}\n", r.size.threads, r.size.batch_size, r.train, r.forward,
        comparison.slower(r) ? fmt::format("   slower by more than {:g} %", comparison.tolerance * 100) : "");
  return text;
}

Json timing_json(const BenchSize& size, const Timing& timing) {
  return {{"median_ms", timing.median_ms},
          {"least_ms", timing.least_ms},
          {"images_per_second", images_per_second(size, timing.median_ms)}};
}

/// Adds a run's figures to an object.
void add_run(Json& json, const BenchRun& run) {
  json["batch_size"] = run.size.batch_size;
  json["threads"] = run.size.threads;
  json["train"] = timing_json(run.size, run.result.train);
  json["forward"] = timing_json(run.size, run.result.forward);
  if (!run.limit) return;
  json["limit_gflops"] = *run.limit;
  for (const OperationTiming& o : run.result.step.operations)
    json["operations"].push_back({{"name", o.info.name},
                                  {"layers", o.info.layers},
                                  {"algorithm", o.info.algorithm},
                                  {"output", o.info.output.str()},
                                  {"macs", o.info.macs},
                                  {"backward_macs", o.info.backward_macs},
                                  {"forward_ms", o.forward_ms},
                                  {"backward_ms", o.backward_ms}});
  json["loss_ms"] = run.result.step.loss_ms;
  json["optimizer_ms"] = run.result.step.optimizer_ms;
  json["step_ms"] = run.result.step.step_ms;
  json["rest_ms"] = run.result.step.rest_ms();
}

Json comparison_json(const Comparison& comparison) {
  Json json = {{"file", comparison.file}, {"tolerance", comparison.tolerance}, {"regressed", comparison.regressed()}};
  for (const SpeedRatio& r : comparison.ratios)
    json["ratios"].push_back(
        {{"batch_size", r.size.batch_size}, {"threads", r.size.threads}, {"train", r.train}, {"forward", r.forward}});
  return json;
}

}  // namespace

std::string text_of(const BenchReport& report) {
  const bool several = report.runs.size() > 1;
  std::string text = several ? table_of(report) : head_of(report, report.runs[0]) + speed_of(report.runs[0]);
  for (const BenchRun& run : report.runs)
    if (run.limit) text += "\n" + (several ? head_of(report, run) : "") + operations_of(report, run);
  return report.comparison ? text + comparison_of(*report.comparison) : text;
}

std::string json_of(const BenchReport& report) {
  Json json = {{"schema", "cnnctl.bench/1"}, {"name", report.name}};
  if (report.runs.size() == 1) {
    add_run(json, report.runs[0]);
  } else {
    for (const BenchRun& run : report.runs) add_run(json["runs"].emplace_back(Json::object()), run);
  }
  json["peak_memory_bytes"] = peak_memory();
  if (report.comparison) json["comparison"] = comparison_json(*report.comparison);
  return json_page(json);
}

}  // namespace cnnctl::cli
