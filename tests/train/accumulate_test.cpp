// train.accumulate: the gradients of several batches make one step.
#include <doctest/doctest.h>

#include <cmath>

#include "base/file.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/data_record.hpp"
#include "configure.hpp"
#include "graph/train_pass.hpp"
#include "train/session.hpp"
#include "train/tiny.hpp"

namespace cnnctl::testing {
namespace {

constexpr const char* kNet =
    "input: [2, 6, 5]\nlayers:\n  - conv2d: {out_channels: 4, kernel_size: 3}\n  - relu\n"
    "  - flatten\n  - linear: 3\n";

/// Samples [first, first + n) of twelve, with their classes.
class Slice final : public Targets {
 public:
  Slice(std::int64_t first, std::int64_t n) {
    for (std::int64_t i = first; i < first + n; ++i) labels_.push_back(static_cast<std::int32_t>(i * i % 3));
  }
  Target target(std::string_view) const override { return {labels_, {}, {}}; }

 private:
  std::vector<std::int32_t> labels_;
};

/// The weights after two steps of twelve samples each, which come in batches of these sizes.
std::vector<real> weights_after(const std::vector<std::int64_t>& batches, const std::string& loss,
                                std::optional<double> norm, std::optional<double> value) {
  const Workers workers(2);
  Network network(model(kNet));
  network.initialise(1);
  const Choice<Optimizer> optimizer = configure(optimizers(), "sgd", "{momentum: 0.9}");
  const OptimizerState state(*optimizer, network);
  const bool gathers = batches.size() > 1;
  Program program(network, workers, {.mode = Mode::train, .batch = 12, .keep_gradients = norm && !gathers});
  Objective objective({{"", 0, "", 1, configure(losses(), "cross_entropy", loss)}});
  TrainingStep step({network, workers, program, objective, *optimizer, state, norm, value, 3, gathers});
  Tensor x(12, network.input());
  fill(x.span(), 1);
  for (int i = 0; i < 2; ++i) {
    std::int64_t first = 0;
    if (gathers) step.forget();
    for (const std::int64_t n : batches) {
      const std::int64_t values = network.input().count();
      std::copy_n(x.data() + first * values, n * values, program.input().data);
      const std::span<const TermValue> means = step.forward(n, 0, Slice(first, n));
      if (gathers)
        step.gather(means[0].weight);
      else
        step.backward(i, 0.1);
      first += n;
    }
    REQUIRE(first == 12);
    if (gathers) step.update(i, 0.1);
  }
  return {network.flat_values(), network.flat_values() + network.flat_size()};
}

TrainResult train_tiny(const TemporaryFolder& folder, const std::string& run, std::vector<std::string> overrides) {
  TrainRequest request;
  request.config = folder.write("tiny.yaml", kTiny);
  request.overrides = std::move(overrides);
  request.run_dir = folder / run;
  request.threads = 2;
  request.progress = ProgressStyle::none;
  return train(request, [](const std::string&) {});
}

}  // namespace

TEST_SUITE("train") {
  TEST_CASE("accumulate: a step follows the mean over all samples, whatever batches they came in") {
    for (const std::string loss : {"{}", "{class_weights: [0, 1, 5]}"})
      for (const auto& [norm, value] :
           {std::pair<std::optional<double>, std::optional<double>>{{}, {}}, {0.05, {}}, {{}, 0.01}}) {
        const std::vector<real> whole = weights_after({12}, loss, norm, value);
        for (const std::vector<std::int64_t>& batches : {std::vector<std::int64_t>{4, 4, 4}, {5, 5, 2}, {1, 11}}) {
          CAPTURE(loss);
          CAPTURE(batches.size());
          CHECK(largest_difference(weights_after(batches, loss, norm, value), whole) <
                (sizeof(real) == 8 ? 1e-14 : 2e-6));
        }
      }
  }

  TEST_CASE("accumulate: an epoch of 12 batches by 5 takes 3 steps, which the schedule and the log count") {
    const TemporaryFolder folder;
    const TrainResult result =
        train_tiny(folder, "run", {"train.accumulate=5", "train.epochs=2", "lr_scheduler={type: step, step_size: 1}"});
    CHECK(result.outcome.last->step == 6);
    CHECK(result.outcome.last->lr == doctest::Approx(0.005));
    CHECK(read_file(folder / "run/events.jsonl").find("\"steps_per_epoch\":3,") != std::string::npos);
    CHECK(read_file(folder / "run/train.log").find("of 3 steps, batch size 5 x 16") != std::string::npos);
  }

  TEST_CASE("accumulate: four batches of 15 make the weights of one of 60") {
    const TemporaryFolder folder;
    const std::vector<std::string> common = {"train.epochs=2", "train.clip_grad_norm=0.5"};
    const auto weights = [&](const std::string& run, std::vector<std::string> own) {
      own.insert(own.end(), common.begin(), common.end());
      train_tiny(folder, run, own);
      Network network(tiny().model);
      load_model(folder / (run + "/checkpoints/last.safetensors"), network, true);
      return std::vector<real>(network.flat_values(), network.flat_values() + network.flat_size());
    };
    const std::vector<real> one = weights("one", {"data.batch_size=60"});
    CHECK(largest_difference(weights("four", {"data.batch_size=15", "train.accumulate=4"}), one) < 1e-5);
    CHECK(largest_difference(weights("two", {"data.batch_size=15", "train.accumulate=2"}), one) > 1e-4);
  }

  TEST_CASE("accumulate: when and how often the state is saved changes no bit") {
    const TemporaryFolder folder;
    const auto hash = [&](const std::string& run, const std::string& every) {
      return train_tiny(folder, run, {"train.epochs=2", "train.accumulate=5", "checkpoint.every_steps=" + every})
          .outcome.last->weights_hash;
    };
    CHECK(hash("a", "1") == hash("b", "1000"));
    const TrainingProgress saved = read_state(folder / "a/checkpoints/state.safetensors").info.progress;
    CHECK(saved.step == 6);
  }
}

}  // namespace cnnctl::testing
