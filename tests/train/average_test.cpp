// train.ema and train.swa: averages of weights that are kept beside them, judged and saved in their place.
#include <doctest/doctest.h>

#include <cmath>

#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/data_record.hpp"
#include "configure.hpp"
#include "experiment/rate.hpp"
#include "graph/train_pass.hpp"
#include "train/session.hpp"
#include "train/statistics.hpp"
#include "train/tiny.hpp"
#include "train/weight_average.hpp"

namespace cnnctl::testing {
namespace {

const char* const kWithNorm = R"(name: tiny
seed: 7
data:
  {format: synthetic, classes: 4, count: 240, test_count: 80, shape: [1, 8, 8], noise: 0.1, validation: 0.25,
   batch_size: 16}
model:
  layers:
    - conv2d: {name: conv, out_channels: 4, kernel_size: 3, padding: 1, bias: false}
    - batch_norm2d: {name: bn}
    - relu
    - max_pool2d: 2
    - flatten
    - linear: {name: fc, out_features: 4}
optimizer: {type: sgd, lr: 0.05, momentum: 0.9}
train: {epochs: 4}
)";

TrainResult train_net(const TemporaryFolder& folder, const std::string& run, std::vector<std::string> overrides) {
  TrainRequest request;
  request.config = folder.write("tiny.yaml", kWithNorm);
  request.overrides = std::move(overrides);
  request.run_dir = folder / run;
  request.threads = 2;
  request.progress = ProgressStyle::none;
  return train(request, [](const std::string&) {});
}

/// Values of a tensor of a run's file.
std::vector<double> tensor(const TemporaryFolder& folder, const std::string& path, const std::string& name) {
  const Safetensors file = Safetensors::open(folder / path);
  REQUIRE_MESSAGE(file.find(name) != nullptr, name);
  return file.doubles(*file.find(name));
}

double farthest(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

TrainConfig config_of(const std::string& override) { return tiny({override}).settings.train; }

/// The average of a weight that takes these values, one a step or an epoch.
std::vector<double> averages(const TrainConfig& config, const std::vector<double>& values, bool by_epoch) {
  const Workers workers(1);
  Network network(model("input: [1]\nlayers: [{linear: {out_features: 1, bias: false}}]\n"));
  const Choice<Optimizer> optimizer = configure(optimizers(), "sgd");
  const OptimizerState state(*optimizer, network, true);
  WeightAverage average(config, network, workers, state);
  TrainingProgress progress;
  network.flat_values()[0] = static_cast<real>(values[0]);
  average.begin();
  std::vector<double> seen;
  for (std::size_t i = 1; i < values.size(); ++i) {
    network.flat_values()[0] = static_cast<real>(values[i]);
    by_epoch ? average.follow_epoch(progress) : average.follow_step(progress);
    if (by_epoch) average.follow_epoch(progress);  // a second time: a signal came between
    ++progress.epoch;
    seen.push_back(static_cast<double>(state.average()->values[0]));
    {
      const WeightAverage::InPlace in_place(average, progress);
      CHECK(static_cast<double>(network.flat_values()[0]) == (average.counts(progress) ? seen.back() : values[i]));
    }
    CHECK(static_cast<double>(network.flat_values()[0]) == values[i]);
  }
  return seen;
}

}  // namespace

TEST_SUITE("train") {
  TEST_CASE("ema: timm's ModelEmaV2 without a ramp, torch_ema's with it") {
    const std::vector<double> values = {1, 3, -2, 5};
    const std::vector<double> plain = averages(config_of("train.ema={decay: 0.75, ramp: false}"), values, false);
    CHECK(plain[0] == doctest::Approx(0.75 * 1 + 0.25 * 3));
    CHECK(plain[1] == doctest::Approx(0.75 * 1.5 + 0.25 * -2));
    CHECK(plain[2] == doctest::Approx(0.75 * 0.625 + 0.25 * 5));
    const std::vector<double> ramp = averages(config_of("train.ema=0.2"), values, false);
    double average = 1;
    for (std::size_t t = 1; t < values.size(); ++t) {
      const double step = static_cast<double>(t), decay = std::min(0.2, (1 + step) / (10 + step));
      average = decay * average + (1 - decay) * values[t];
      CHECK(ramp[t - 1] == doctest::Approx(average));
    }
  }

  TEST_CASE("swa: the mean of the weights at the ends of epochs from start_epoch on, each once") {
    const std::vector<double> mean = averages(config_of("train.swa=1"), {9, 1, 3, -2, 5}, true);
    CHECK(mean[1] == 3);
    CHECK(mean[2] == doctest::Approx(0.5));
    CHECK(mean[3] == doctest::Approx(2));
  }

  TEST_CASE("swa: the rate passes to its own along half a cosine or a line, and stays") {
    const auto rates = [](const std::string& swa) {
      const Settings settings = tiny({"train.epochs=10", "optimizer.lr=0.4", "train.swa=" + swa}).settings;
      std::vector<double> found;
      for (std::int64_t step = 0; step < 100; ++step) found.push_back(learning_rate(settings, {step, 10, 10}));
      return found;
    };
    const std::vector<double> line = rates("{start_epoch: 4, lr: 0.1, anneal_epochs: 2, anneal_strategy: linear}");
    CHECK(line[39] == 0.4);
    CHECK(line[40] == 0.4);
    CHECK(line[50] == doctest::Approx(0.25));
    CHECK(line[60] == doctest::Approx(0.1));
    CHECK(line[99] == doctest::Approx(0.1));
    CHECK(rates("{start_epoch: 4, lr: 0.1, anneal_epochs: 2}")[45] ==
          doctest::Approx(0.4 - 0.3 * (1 - std::cos(0.25 * 3.141592653589793)) / 2));
    CHECK(rates("{start_epoch: 4, lr: 0.1, anneal_epochs: 0}")[40] == 0.1);
    CHECK(rates("{start_epoch: 4}")[99] == 0.4);
  }

  TEST_CASE(
      "ema: checkpoints hold the average with its statistics, the state holds both; weights are trained as ever") {
    const TemporaryFolder folder;
    const TrainResult plain = train_net(folder, "plain", {}), with = train_net(folder, "ema", {"train.ema=0.9"});
    CHECK(plain.outcome.last->weights_hash == with.outcome.last->weights_hash);
    CHECK(with.outcome.last->validation->loss() != plain.outcome.last->validation->loss());
    for (const std::string name : {"conv.weight", "fc.bias", "bn.running_mean", "bn.running_var"}) {
      CAPTURE(name);
      const std::vector<double> saved = tensor(folder, "ema/checkpoints/last.safetensors", name);
      CHECK(saved == tensor(folder, "ema/checkpoints/state.safetensors", "optimizer.average." + name));
      CHECK(farthest(saved, tensor(folder, "plain/checkpoints/last.safetensors", name)) > 1e-6);
      CHECK(tensor(folder, "ema/checkpoints/state.safetensors", name) ==
            tensor(folder, "plain/checkpoints/last.safetensors", name));
    }
  }

  TEST_CASE("swa: the last checkpoint is the mean of two epochs, its statistics those of the batches") {
    const TemporaryFolder folder;
    train_net(folder, "plain", {"checkpoint.every_epochs=1"});
    const TrainResult result = train_net(folder, "swa", {"train.swa=2"});
    const auto of_epoch = [&](const std::string& epoch, const std::string& name) {
      return tensor(folder, "plain/checkpoints/epoch-00" + epoch + ".safetensors", name);
    };
    for (const std::string name : {"conv.weight", "fc.weight", "bn.weight"}) {
      std::vector<double> mean = of_epoch("3", name);
      const std::vector<double> last = of_epoch("4", name);
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = (mean[i] + last[i]) / 2;
      CHECK(farthest(mean, tensor(folder, "swa/checkpoints/last.safetensors", name)) < 2e-7);
    }
    // The mean over the batches is that over all samples, each batch being of 16 but the last.
    const std::vector<double> measured = tensor(folder, "swa/checkpoints/last.safetensors", "bn.running_mean");
    CHECK(farthest(measured, of_epoch("4", "bn.running_mean")) > 1e-5);
    CHECK(farthest(measured, of_epoch("4", "bn.running_mean")) < 0.5);
    CHECK(read_state(folder / "swa/checkpoints/state.safetensors").info.progress.averaged == 2);
    CHECK(result.outcome.last->validation->find("top1")->value > 0.5);
  }

  TEST_CASE("swa: statistics are measured anew, of what the batches of an epoch are") {
    const Workers workers(2);
    const TemporaryFolder folder;
    Experiment experiment = parse_experiment(kWithNorm, "tiny.yaml", {"data.batch_size=180", "optimizer.lr=1e-30"});
    const Settings& settings = experiment.settings;
    Network network(experiment.model);
    network.initialise(7);
    TrainingData data = load_training_data(experiment, workers);
    const Goal goal = plan_goal(experiment, network, targets_of(batch_spec(data.samples->spec(), data.pipeline)));
    OptimizerState state(*settings.optimizer, network);
    TrainingPlans plans = plan_training(network, workers, settings, 180);
    Buffer memory(plans.bytes());
    TrainingSteps steps({settings, goal, data, network, workers, state}, std::move(plans.training), memory);
    // One batch of everything: momentum 0.1 takes running values a tenth of the way from 0 and 1.
    TrainingProgress progress;
    steps.begin_epoch(0);
    steps.forward(progress);
    const std::size_t mean = 3, variance = 4;  // conv.weight, bn.weight, bn.bias before them
    REQUIRE(network.parameters()[mean].name == "bn.running_mean");
    const std::vector<real> once = network.export_values(mean), once_var = network.export_values(variance);
    REQUIRE(measure_statistics(steps, network, progress));
    for (std::size_t c = 0; c < once.size(); ++c) {
      CHECK(network.export_values(mean)[c] == doctest::Approx(once[c] / 0.1).epsilon(1e-5));
      CHECK(network.export_values(variance)[c] == doctest::Approx((once_var[c] - 0.9) / 0.1).epsilon(1e-4));
    }
  }

  TEST_CASE("averages are refused where they cannot be") {
    const auto message = [](const std::vector<std::string>& overrides) {
      return message_of<ConfigError>([&] { tiny(overrides); });
    };
    CHECK(message({"train.swa=4"}).find("start_epoch must be below train.epochs") != std::string::npos);
    CHECK(message({"train.swa=1", "train.ema=0.9"}).find("choose one of train.ema and train.swa") != std::string::npos);
    CHECK(message({"train.ema=1"}).find("below 1") != std::string::npos);
  }
}

}  // namespace cnnctl::testing
