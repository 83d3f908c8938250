#include "bench/benchmark.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include "base/rng.hpp"
#include "experiment/program_options.hpp"
#include "train/optimizer_state.hpp"

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

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
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
  Bench(const Settings& settings, Network& network, const Workers& workers, const BenchmarkRequest& request)
      : settings_(settings),
        network_(network),
        workers_(workers),
        size_(request.batch_size),
        seconds_(request.seconds),
        batch_(make_batch(network, size_, seed())),
        segments_(network.segments(settings.optimizer->decays_bias_and_norm())),
        per_sample_(batch_.labels.size()) {
    network_.initialise(seed());
  }

  Timing train() {
    state_.emplace(*settings_.optimizer, network_);
    Program program(network_, workers_, program_options(settings_, Mode::train, size_));
    return measure(
        seconds_, [&] { fill(program); }, [&] { step(program); });
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
    fill(program);
    for (int i = 0; i < kWarmUps; ++i) step(program);
    program.measure();
    std::vector<double> loss, optimizer;
    repeat(seconds_, [&] {
      fill(program);
      const ConstView output = program.forward(size_, seed(), step_);
      time(loss, [&] { evaluate(program, output); });
      double update = 0;
      program.backward([&](const Gradients& gradients) {
        const Clock::time_point begin = Clock::now();
        optimize(gradients);
        update += milliseconds_since(begin);
      });
      optimizer.push_back(update);
      ++step_;
    });
    StepTiming all{{}, mean(loss), mean(optimizer)};
    const double to_ms = 1000 / static_cast<double>(loss.size());
    for (std::size_t i = 0; i < program.operations().size(); ++i) {
      const OperationTime& sum = program.times()[i];
      all.operations.push_back({program.operations()[i], sum.forward * to_ms, sum.backward * to_ms});
    }
    return all;
  }

 private:
  std::uint64_t seed() const { return static_cast<std::uint64_t>(settings_.seed); }
  void fill(Program& program) { std::copy(batch_.x.begin(), batch_.x.end(), program.input().data); }

  void step(Program& program) {
    evaluate(program, program.forward(size_, seed(), step_));
    program.backward([&](const Gradients& gradients) { optimize(gradients); });
    ++step_;
  }

  void evaluate(Program& program, ConstView output) {
    settings_.loss->evaluate(workers_, output, {batch_.labels, {}, {}}, per_sample_, {program.output_gradient()});
  }

  void optimize(const Gradients& gradients) {
    constexpr double kTinyRate = 1e-6;  // noise has nothing to learn: weights must stay finite for any length
    settings_.optimizer->step({workers_, segments_, network_.flat_values(), gradients, state_->pointers(),
                               settings_.optimizer->lr() * kTinyRate, step_, 1.0});
  }

  const Settings& settings_;
  Network& network_;
  const Workers& workers_;
  std::int64_t size_;
  double seconds_;
  Batch batch_;
  std::optional<OptimizerState> state_;
  std::vector<Segment> segments_;
  std::vector<double> per_sample_;
  std::int64_t step_ = 0;
};

}  // namespace

BenchmarkResult benchmark(const Settings& settings, Network& network, const Workers& workers,
                          const BenchmarkRequest& request) {
  Bench bench(settings, network, workers, request);
  BenchmarkResult result;
  result.forward = bench.forward();  // first: gradients and the optimizer's arrays are taken by training, and stay
  result.train = bench.train();
  if (request.operations) result.step = bench.pieces();
  return result;
}

}  // namespace cnnctl
