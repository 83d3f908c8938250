// cnnctl bench: images a second on made-up data that is in memory already.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/memory.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"
#include "cli/model.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "train/forecast.hpp"
#include "train/optimizer_state.hpp"

namespace cnnctl::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kWarmUps = 3, kLeastRuns = 5;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Appends the time of `work` in milliseconds.
void time(std::vector<double>& times, FunctionRef<void()> work) {
  const Clock::time_point start = Clock::now();
  work();
  times.push_back(milliseconds_since(start));
}

/// Median time of `work` in milliseconds, over at least `seconds` after a warm-up; `before` is not timed.
double median_ms(double seconds, FunctionRef<void()> before, FunctionRef<void()> work) {
  for (int i = 0; i < kWarmUps; ++i) before(), work();
  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  while (times.size() < kLeastRuns || milliseconds_since(begin) < seconds * 1000) {
    before();
    time(times, work);
  }
  return median(times);
}

/// A batch of normal numbers with random labels.
struct Batch {
  std::vector<real> x;
  std::vector<std::int32_t> labels;
};

Batch make_batch(const Network& network, std::int64_t size, std::uint64_t seed) {
  Batch batch;
  Rng rng(seed, Purpose::synthetic);
  batch.x.resize(static_cast<std::size_t>(size * network.input().count()));
  for (real& value : batch.x) value = rng.normal();
  batch.labels.resize(static_cast<std::size_t>(size));
  for (std::int32_t& label : batch.labels)
    label = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(network.output().count())));
  return batch;
}

/// A network with all that a step needs.
class Bench {
 public:
  Bench(const Settings& settings, Network& network, const Workers& workers, std::int64_t batch_size)
      : settings_(settings),
        network_(network),
        workers_(workers),
        size_(batch_size),
        batch_(make_batch(network, batch_size, static_cast<std::uint64_t>(settings.seed))),
        state_(*settings.optimizer, network),
        segments_(network.segments(settings.optimizer->decays_bias_and_norm())),
        per_sample_(batch_.labels.size()) {
    network_.initialise(static_cast<std::uint64_t>(settings.seed));
  }

  /// Forward, loss, backward, optimizer.
  double train_ms(double seconds) {
    Program program(network_, workers_, program_options(settings_, Mode::train, size_));
    program.refresh();
    return median_ms(
        seconds, [&] { fill(program); }, [&] { step(program); });
  }

  double forward_ms(double seconds) {
    Program program(network_, workers_, program_options(settings_, Mode::infer, size_));
    program.refresh();
    return median_ms(
        seconds, [&] { fill(program); }, [&] { program.forward(size_); });
  }

  struct Operation {
    OperationInfo info;
    double forward_ms = 0, backward_ms = 0;
  };
  /// Means over whole steps: each operation finds the caches as its neighbours leave them.
  std::vector<Operation> operations(double seconds) {
    Program program(network_, workers_, program_options(settings_, Mode::train, size_));
    fill(program);
    for (int i = 0; i < kWarmUps; ++i) step(program);
    program.measure();
    int steps = 0;
    for (const Clock::time_point begin = Clock::now(); steps < kLeastRuns || milliseconds_since(begin) < seconds * 1000;
         ++steps)
      step(program);
    std::vector<Operation> all;
    for (std::size_t i = 0; i < program.operations().size(); ++i) {
      const OperationTime& time = program.times()[i];
      all.push_back({program.operations()[i], time.forward * 1000 / steps, time.backward * 1000 / steps});
    }
    return all;
  }

 private:
  void fill(Program& program) { std::copy(batch_.x.begin(), batch_.x.end(), program.input().data); }

  void step(Program& program) {
    const ConstView output = program.forward(size_, static_cast<std::uint64_t>(settings_.seed), step_);
    settings_.loss->evaluate(workers_, output, {batch_.labels, nullptr}, per_sample_, program.output_gradient());
    program.backward();
    settings_.optimizer->step({workers_, segments_, network_.flat_values(), network_.flat_gradients(),
                               state_.pointers(), settings_.optimizer->lr() * kTinyRate, step_, 1.0});
    program.refresh();
    ++step_;
  }

  static constexpr double kTinyRate = 1e-6;  // noise has nothing to learn: weights must stay finite for any length

  const Settings& settings_;
  Network& network_;
  const Workers& workers_;
  std::int64_t size_;
  Batch batch_;
  OptimizerState state_;
  std::vector<Segment> segments_;
  std::vector<double> per_sample_;
  std::int64_t step_ = 0;
};

struct Result {
  std::string name;
  std::int64_t batch_size = 0;
  int threads = 0;
  double train_ms = 0, forward_ms = 0;
  std::vector<Bench::Operation> operations;

  double per_second(double ms) const { return ms > 0 ? static_cast<double>(batch_size) * 1000 / ms : 0; }
  /// Of one direction of one operation; a multiply-add is two operations.
  double gflops(const Bench::Operation& o, double ms, double passes) const {
    return ms > 0 ? 2e-6 * passes * static_cast<double>(o.info.macs * batch_size) / ms : 0;
  }
};

std::string text_of(const Result& r) {
  std::string text = fmt::format(
      "{}: batch size {}, {} thread{}\n{:<10}{:>12.3f} ms{:>14} images/s\n{:<10}{:>12.3f} ms"
      "{:>14} images/s\n",
      r.name, r.batch_size, r.threads, r.threads == 1 ? "" : "s", "train", r.train_ms,
      with_commas(static_cast<std::int64_t>(r.per_second(r.train_ms))), "forward", r.forward_ms,
      with_commas(static_cast<std::int64_t>(r.per_second(r.forward_ms))));
  if (r.operations.empty()) return text;
  text += fmt::format("\n{:<24}{:<18}{:>10}{:>9}{:>10}{:>9}\n", "operation", "algorithm", "fwd ms", "GFLOP/s", "bwd ms",
                      "GFLOP/s");
  for (const Bench::Operation& o : r.operations)
    text += fmt::format("{:<24}{:<18}{:>10.3f}{:>9.0f}{:>10.3f}{:>9.0f}\n", o.info.name.substr(0, 23),
                        o.info.algorithm.substr(0, 17), o.forward_ms, r.gflops(o, o.forward_ms, 1), o.backward_ms,
                        r.gflops(o, o.backward_ms, 2));
  return text;
}

std::string json_of(const Result& r) {
  const auto timing = [&](double ms) {
    return nlohmann::ordered_json{{"median_ms", ms}, {"images_per_second", r.per_second(ms)}};
  };
  nlohmann::ordered_json json = {{"schema", "cnnctl.bench/1"},        {"name", r.name},
                                 {"batch_size", r.batch_size},        {"threads", r.threads},
                                 {"train", timing(r.train_ms)},       {"forward", timing(r.forward_ms)},
                                 {"peak_memory_bytes", peak_memory()}};
  for (const Bench::Operation& o : r.operations)
    json["operations"].push_back({{"name", o.info.name},
                                  {"layers", o.info.layers},
                                  {"algorithm", o.info.algorithm},
                                  {"output", o.info.output.str()},
                                  {"macs", o.info.macs},
                                  {"forward_ms", o.forward_ms},
                                  {"backward_ms", o.backward_ms}});
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

CLI::App* setup(CLI::App& app, BenchOptions& options) {
  CLI::App* command = app.add_subcommand("bench", "Measure images a second, training and inference");
  command->add_option("target", options.target, "configuration file, run folder or checkpoint")
      ->type_name("CONFIG|CHECKPOINT")
      ->required();
  add_overrides(*command, options.overrides);
  add_batch_size(*command, options.batch_size);
  add_threads(*command, options.threads);
  command->add_option("--seconds", options.seconds, "time for each measurement; default: 2")
      ->type_name("S")
      ->check(CLI::Range(0.0, 3600.0));
  command->add_flag("--layers", options.layers, "each operation by itself, too");
  add_text_or_json(*command, options.format);
  return command;
}

int run(const BenchOptions& options) {
  require_overrides(options.overrides);
  const Experiment experiment = open_experiment(options.target, options.overrides);
  const Settings& settings = experiment.settings;
  const Workers workers(thread_count(options.threads, settings));
  Network network(experiment.model);
  Result result{settings.name, options.batch_size.value_or(settings.data.batch_size), workers.count(), 0, 0, {}};
  require_memory(available_memory(), result.batch_size,
                 [&](std::int64_t batch) { return forecast_training(network, workers, settings, batch, 0).total(); });
  Bench bench(settings, network, workers, result.batch_size);
  result.train_ms = bench.train_ms(options.seconds);
  result.forward_ms = bench.forward_ms(options.seconds);
  if (options.layers) result.operations = bench.operations(options.seconds);
  print(options.format == Format::json ? json_of(result) : text_of(result));
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
