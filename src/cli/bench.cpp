// cnnctl bench: images a second on made-up data that is in memory already.
#include <algorithm>

#include "base/error.hpp"
#include "base/memory.hpp"
#include "bench/machine_limit.hpp"
#include "cli/bench_report.hpp"
#include "cli/effects.hpp"
#include "cli/model.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "experiment/forecast.hpp"

namespace cnnctl::cli {
namespace {

/// All combinations that were asked for, the batch size being the outer loop.
std::vector<BenchSize> sizes_of(const BenchOptions& options, const Settings& settings) {
  std::vector<std::int64_t> batch_sizes = options.batch_sizes;
  std::vector<int> threads = options.threads;
  if (batch_sizes.empty()) batch_sizes.push_back(settings.data.batch_size);
  if (threads.empty()) threads.push_back(thread_count(std::nullopt, settings));
  std::vector<BenchSize> sizes;
  for (const std::int64_t batch_size : batch_sizes)
    for (const int count : threads) sizes.push_back({count, batch_size});
  return sizes;
}

Timing faster(const Timing& a, const Timing& b) { return a.least_ms <= b.least_ms ? a : b; }

/// "cross_entropy", of several terms "cross_entropy + mse".
std::string loss_names(const Settings& settings) {
  std::string names;
  for (const TermConfig& term : settings.terms())
    names += (names.empty() ? "" : " + ") + std::string(term.loss.kind->name);
  return names;
}

BenchRun run_one(const BenchSize& size, const Experiment& experiment, const BenchOptions& options) {
  const Workers workers(size.threads);
  Network network(experiment.model, Network::Memory::later);
  const Settings& settings = experiment.settings;
  plan_within(
      available_memory(), size.batch_size,
      [&](std::int64_t batch) { return plan_training(network, workers, settings, batch); },
      [&](const TrainingPlans& plans) { return forecast_training(network, workers, settings, plans, 0).total(); },
      [&](const TrainingPlans& plans) { return largest_need(network, settings, plans.training, 0); });
  network.reserve();
  BenchRun run{size, {}, std::nullopt};
  const double limit = options.layers ? measure_machine_limit(workers) : 0;
  run.result = benchmark(experiment, network, workers, {size.batch_size, options.seconds, options.layers});
  if (options.layers) run.limit = std::max(limit, measure_machine_limit(workers));  // one of them was undisturbed
  return run;
}

Comparison compare_runs(const BenchOptions& options, const std::vector<EarlierRun>& earlier,
                        const std::vector<BenchRun>& runs) {
  Comparison comparison{options.compare, options.tolerance, {}};
  for (const BenchRun& now : runs)
    for (const EarlierRun& then : earlier)
      if (then.size == now.size) comparison.ratios.push_back(compare(then, now.result));
  return comparison;
}

/// What seems slower is measured again, twice at most: a neighbour's burst passes, a regression stays.
Comparison settle(const BenchOptions& options, const Experiment& experiment, const std::vector<EarlierRun>& earlier,
                  std::vector<BenchRun>& runs) {
  Comparison comparison = compare_runs(options, earlier, runs);
  for (int again = 0; again < 2 && comparison.regressed(); ++again) {
    for (const SpeedRatio& r : comparison.ratios) {
      if (!comparison.slower(r)) continue;
      BenchRun& run = *std::ranges::find(runs, r.size, &BenchRun::size);
      const BenchmarkResult more = run_one(r.size, experiment, options).result;
      run.result.train = faster(run.result.train, more.train);
      run.result.forward = faster(run.result.forward, more.forward);
    }
    comparison = compare_runs(options, earlier, runs);
  }
  return comparison;
}

}  // namespace

void setup(CommandLine& line, BenchOptions& options) {
  Command command =
      line.command("bench", "Measure images a second, training and inference", [&options] { return run(options); });
  command.text({"target", "CONFIG|CHECKPOINT", "configuration file, run folder or checkpoint", true}, options.target);
  add_overrides(command, options.overrides);
  add_batch_size(command, options.batch_sizes);
  add_threads(command, options.threads);
  command.number({"--seconds", "S", "time for each measurement; default: 2"}, options.seconds, {0, 3600});
  command.flag({"--layers", "",
                "each operation, too: its algorithm (forward / input gradient / weight gradient where they differ), "
                "times, and GFLOP/s in percent of the machine's measured limit. Rates count the multiply-adds of "
                "the direct method; Winograd's makes fewer and may exceed 100 %"},
               options.layers);
  command.text({"--compare", "FILE", "result of an earlier bench --format json; exit with 11 if slower"},
               options.compare);
  command.number({"--tolerance", "SHARE", "share by which --compare lets times grow; default: 0.1"}, options.tolerance,
                 {0, 100});
  command.needs("--tolerance", "--compare");
  add_text_or_json(command, options.format);
}

int run(const BenchOptions& options) {
  require_effect(Uses::bench, options.overrides);
  Experiment experiment = open_experiment(options.target, options.overrides);
  experiment.settings.train.accumulate = 1;  // each batch is a step here
  const Settings& settings = experiment.settings;
  const std::vector<BenchSize> sizes = sizes_of(options, settings);
  std::vector<EarlierRun> earlier;  // read first: a bad file is told before anything is measured
  if (!options.compare.empty()) earlier = read_earlier(options.compare, settings.name, sizes);

  BenchReport report{settings.name, loss_names(settings), std::string(settings.optimizer.kind->name), {}, std::nullopt};
  for (const BenchSize& size : sizes) report.runs.push_back(run_one(size, experiment, options));
  if (!options.compare.empty()) report.comparison = settle(options, experiment, earlier, report.runs);
  print(options.format == Format::json ? json_of(report) : text_of(report));
  const bool slower = report.comparison && report.comparison->regressed();
  return static_cast<int>(slower ? ExitCode::not_reproducible : ExitCode::done);
}

}  // namespace cnnctl::cli
