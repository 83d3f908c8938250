#include "bench/benchmark.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <string>

#include "base/rng.hpp"
#include "experiment/program_options.hpp"
#include "train/step.hpp"

namespace cnnctl {
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
  const Clock::time_point begin = Clock::now();
  work();
  times.push_back(milliseconds_since(begin));
}

/// Calls `work` until it ran often enough and for long enough.
void repeat(double seconds, FunctionRef<void()> work) {
  const Clock::time_point begin = Clock::now();
  for (int runs = 0; runs < kLeastRuns || milliseconds_since(begin) < seconds * 1000; ++runs) work();
}

/// Times of `work` after a warm-up; `before` is not timed.
Timing measure(double seconds, FunctionRef<void()> before, FunctionRef<void()> work) {
  for (int i = 0; i < kWarmUps; ++i) before(), work();
  std::vector<double> times;
  repeat(seconds, [&] {
    before();
    time(times, work);
  });
  return {median(times), *std::min_element(times.begin(), times.end())};
}

/// Normal numbers, and for each term of the objective a target of its own: random classes, or for an output of several
/// positions random values.
class Batch final : public Targets {
 public:
  Batch(const Experiment& experiment, const Network& network, std::int64_t size) {
    Rng rng(static_cast<std::uint64_t>(experiment.settings.seed), Purpose::synthetic);
    for (const ModelInput& input : network.inputs()) {
      x_.emplace_back(static_cast<std::size_t>(size * input.shape.count()));
      for (real& value : x_.back()) value = rng.normal();
    }
    Experiment made_up = experiment;
    made_up.settings.objective = experiment.settings.terms();
    std::vector<NamedTarget> specs;
    for (TermConfig& term : made_up.settings.objective) {
      term.target = {std::to_string(specs.size()), {}};
      const Shape& output = shape_of(term, network);
      const bool of_classes = output.positions() == 1;
      specs.push_back({term.target.text, {of_classes ? output.channels() : 0, of_classes ? Shape{} : output}});
      targets_.emplace_back(draw(specs.back().spec, size, rng));
    }
    made_up.settings.train.monitor = {};
    goal_ = plan_goal(made_up, network, specs);
  }

  /// Of each input.
  const std::vector<std::vector<real>>& x() const { return x_; }
  const Goal& goal() const { return goal_; }
  Target target(std::string_view name) const override {
    const std::size_t term = static_cast<std::size_t>(std::stoi(std::string(name)));
    const Values& t = targets_[term];
    if (t.values.empty()) return {t.classes, {}, {}};
    const auto n = static_cast<std::int64_t>(t.values.size()) / t.shape.count();
    return {{}, {t.values.data(), n, t.shape}, {}};
  }

 private:
  struct Values {
    Shape shape;
    std::vector<std::int32_t> classes;
    std::vector<real> values;
  };

  static const Shape& shape_of(const TermConfig& term, const Network& network) {
    for (std::size_t i = 0; i < network.outputs().size(); ++i)
      if (network.output_layer(i).name == term.output.text) return network.output_layer(i).output;
    return network.output();
  }

  static Values draw(const TargetSpec& spec, std::int64_t size, Rng& rng) {
    Values drawn{spec.shape, {}, {}};
    if (spec.of_classes()) {
      drawn.classes.resize(static_cast<std::size_t>(size));
      for (std::int32_t& label : drawn.classes)
        label = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(spec.classes)));
    } else {
      drawn.values.resize(static_cast<std::size_t>(size * spec.shape.count()));
      for (real& value : drawn.values) value = rng.uniform();
    }
    return drawn;
  }

  std::vector<std::vector<real>> x_;
  std::vector<Values> targets_;
  Goal goal_;
};

/// A network with all that a step needs.
class Bench {
 public:
  Bench(const Experiment& experiment, Network& network, const Workers& workers, const BenchmarkRequest& request)
      : settings_(experiment.settings),
        network_(network),
        workers_(workers),
        size_(request.batch_size),
        seconds_(request.seconds),
        batch_(experiment, network, size_),
        objective_(batch_.goal().terms) {
    network_.initialise(seed());
  }

  Timing train() {
    state_.emplace(*settings_.optimizer, network_);
    Program program(network_, workers_, program_options(settings_, Mode::train, size_));
    TrainingStep step = step_of(program);
    return measure(
        seconds_, [&] { fill(program); }, [&] { run(step); });
  }

  Timing forward() {
    Program program(network_, workers_, program_options(settings_, Mode::infer, size_));
    program.refresh();
    return measure(
        seconds_, [&] { fill(program); }, [&] { program.forward(size_); });
  }

  /// After `train`. Over whole steps: each operation finds the caches as its neighbours leave them.
  StepTiming pieces() {
    Program program(network_, workers_, program_options(settings_, Mode::train, size_));
    TrainingStep step = step_of(program);
    fill(program);
    for (int i = 0; i < kWarmUps; ++i) run(step);
    program.measure();
    step.measure();
    std::vector<double> steps;
    repeat(seconds_, [&] {
      fill(program);
      time(steps, [&] { run(step); });
    });
    const auto runs = static_cast<double>(steps.size());
    const double to_ms = 1000.0 / runs;
    StepTiming all{{},
                   step.times().objective * to_ms,
                   step.times().update * to_ms,
                   std::accumulate(steps.begin(), steps.end(), 0.0) / runs};
    for (std::size_t i = 0; i < program.operations().size(); ++i) {
      const OperationTime& sum = program.times()[i];
      all.operations.push_back({program.operations()[i], sum.forward * to_ms, sum.backward * to_ms});
    }
    return all;
  }

 private:
  std::uint64_t seed() const { return static_cast<std::uint64_t>(settings_.seed); }
  void fill(Program& program) {
    for (std::size_t i = 0; i < batch_.x().size(); ++i)
      std::copy(batch_.x()[i].begin(), batch_.x()[i].end(), program.input(i).data);
  }

  TrainingStep step_of(Program& program) {
    return TrainingStep({network_, workers_, program, objective_, *settings_.optimizer, *state_,
                         settings_.train.clip_grad_norm, settings_.train.clip_grad_value, seed()});
  }

  void run(TrainingStep& step) {
    constexpr double kTinyRate = 1e-6;  // noise has nothing to learn: weights must stay finite for any length
    step.forward(size_, step_, batch_);
    step.backward(step_++, settings_.optimizer->lr() * kTinyRate);
  }

  const Settings& settings_;
  Network& network_;
  const Workers& workers_;
  std::int64_t size_;
  double seconds_;
  Batch batch_;
  Objective objective_;
  std::optional<OptimizerState> state_;
  std::int64_t step_ = 0;
};

}  // namespace

double StepTiming::rest_ms() const {
  double pieces = loss_ms + optimizer_ms;
  for (const OperationTiming& operation : operations) pieces += operation.forward_ms + operation.backward_ms;
  return step_ms - pieces;
}

BenchmarkResult benchmark(const Experiment& experiment, Network& network, const Workers& workers,
                          const BenchmarkRequest& request) {
  Bench bench(experiment, network, workers, request);
  BenchmarkResult result;
  result.forward = bench.forward();  // first: gradients and the optimizer's arrays are taken by training, and stay
  result.train = bench.train();
  if (request.operations) result.step = bench.pieces();
  return result;
}

}  // namespace cnnctl
