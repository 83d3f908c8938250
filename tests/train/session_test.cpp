// Whole runs inside the test's own process: learning, stopping early, memory, observers that change nothing.
#include "train/session.hpp"

#include <doctest/doctest.h>

#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "experiment/forecast.hpp"
#include "train/tiny.hpp"

TEST_SUITE("train") {
  using namespace cnnctl;
  using cnnctl::testing::kTiny;
  using cnnctl::testing::message_of;
  using cnnctl::testing::TemporaryFolder;
  using cnnctl::testing::tiny;

  TrainResult train_tiny(const TemporaryFolder& folder, const std::string& run,
                         const std::vector<std::string>& overrides) {
    TrainRequest request;
    request.config = folder.write("tiny.yaml", kTiny);
    request.overrides = overrides;
    request.run_dir = folder / run;
    request.threads = 2;
    request.progress = ProgressStyle::none;
    return train(request, [](const std::string&) {});
  }

  TEST_CASE("a small net learns gratings of four classes to 95 % in six epochs, seed 7") {
    const TemporaryFolder folder;
    const TrainResult result = train_tiny(folder, "run", {"train.epochs=6"});
    REQUIRE(result.outcome.last.has_value());
    CHECK(result.outcome.last->validation->find("top1")->value >= 0.95);
    CHECK(result.outcome.last->step == 6 * 12);
    CHECK(result.outcome.stop.reason == StopEvent::Reason::finished);
  }

  TEST_CASE("the schedule's rate reaches the epoch's line") {
    const TemporaryFolder folder;
    const TrainResult result =
        train_tiny(folder, "run", {"lr_scheduler={type: step, step_size: 2, gamma: 0.1}", "train.epochs=3"});
    CHECK(result.outcome.last->lr == doctest::Approx(0.005));
  }

  TEST_CASE("training stops when patience has run out") {
    const TemporaryFolder folder;
    const TrainResult result =
        train_tiny(folder, "run",
                   {"train.epochs=50", "train.early_stopping={patience: 2, min_delta: 0.9}", "train.monitor=val_loss"});
    CHECK(result.outcome.stop.reason == StopEvent::Reason::early);
    CHECK(result.outcome.stop.epoch == 3);
    CHECK(result.outcome.stop.best_epoch == 1);
  }

  TEST_CASE("clipping changes the steps, and only when gradients are larger") {
    const TemporaryFolder folder;
    const auto hash = [&](const std::string& run, const std::vector<std::string>& overrides) {
      return train_tiny(folder, run, overrides).outcome.last->weights_hash;
    };
    const std::uint64_t plain = hash("a", {"train.epochs=1"});
    CHECK(hash("b", {"train.epochs=1", "train.clip_grad_norm=1000"}) == plain);
    CHECK(hash("c", {"train.epochs=1", "train.clip_grad_norm=0.01"}) != plain);
    CHECK(hash("d", {"train.epochs=1", "train.clip_grad_value=1000"}) == plain);
    CHECK(hash("e", {"train.epochs=1", "train.clip_grad_value=0.001"}) != plain);
  }

  TEST_CASE("an epoch's loss does not depend on the batch size, with class weights neither") {
    const TemporaryFolder folder;
    const auto loss = [&](const std::string& run, const std::string& batch_size) {
      return train_tiny(folder, run,
                        {"train.epochs=1", "optimizer={type: sgd, lr: 1e-30}", "data.batch_size=" + batch_size,
                         "loss={type: cross_entropy, class_weights: [0, 1, 2, 5]}"})
          .outcome.last->train.loss();
    };
    CHECK(loss("parts", "7") == doctest::Approx(loss("whole", "180")).epsilon(1e-6));
  }

  TEST_CASE("the saving interval does not change the weights") {
    const TemporaryFolder folder;
    const auto hash = [&](const std::string& run, const std::vector<std::string>& overrides) {
      return train_tiny(folder, run, overrides).outcome.last->weights_hash;
    };
    CHECK(hash("a", {"train.epochs=2"}) == hash("b", {"train.epochs=2", "checkpoint.every_steps=1"}));
  }

  TEST_CASE("a batch that does not fit is refused with one that does") {
    const auto needed = [](std::int64_t batch) { return static_cast<std::uint64_t>(100 + 10 * batch); };
    const auto most = [] { return std::string("all of it is one's"); };
    require_memory(420, 32, needed, most);
    CHECK(message_of<MemoryError>([&] { require_memory(419, 32, needed, most); }) ==
          "cnnctl: error: batch size 32 needs 420 B of memory and 419 B are available; all of it is one's; "
          "data.batch_size=16 would fit");
    CHECK(message_of<MemoryError>([&] {
            require_memory(100, 32, needed, most);
          }).ends_with("not even a batch of 1 fits; make the network or the set smaller"));
  }

  TEST_CASE("what needs most of the memory is named") {
    const auto largest = [](const std::vector<std::string>& overrides, std::uint64_t samples) {
      const Experiment experiment = tiny(overrides);
      const Network network(experiment.model, Network::Memory::later);
      return largest_need(network, experiment.settings, plan_training(network, 1, experiment.settings, 2).training,
                          samples);
    };
    const std::vector<std::string> wide = {"model.layers.4.linear.out_features=4000", "data.classes=1000"};
    // 64 x 4000 weights and 4000 biases with gradients and momentum, and less than as much again of all else.
    const std::string layer = largest(wide, 0);
    CHECK_MESSAGE(layer.starts_with("layer 'fc' (linear) needs most of it, "), layer);
    CHECK(layer.ends_with(" MiB"));
    const double bytes = std::stod(layer.substr(layer.rfind(',') + 2)) * 1048576, weights = 65.0 * 4000 * sizeof(real);
    CHECK(bytes > 2.99 * weights);
    CHECK(bytes < 6 * weights);
    CHECK(largest({}, std::uint64_t{1} << 30) == "the samples need most of it, 1.00 GiB");
    CHECK(largest({"model.layers.0.conv2d.out_channels=2000"}, 0).starts_with("layer 'fc' (linear)"));
  }

  TEST_CASE("the forecast grows with the batch and counts the optimizer's arrays") {
    const Experiment sgd = tiny(), adam = tiny({"optimizer=adam"});
    const Workers workers(1);
    Network network(sgd.model);
    const auto forecast = [&](const Settings& settings, std::int64_t batch, std::uint64_t samples) {
      return forecast_training(network, workers, settings, plan_training(network, workers, settings, batch), samples);
    };
    const MemoryForecast small = forecast(sgd.settings, 8, 1000);
    const MemoryForecast large = forecast(sgd.settings, 512, 1000);
    CHECK(large.training > small.training);
    CHECK(large.total() - forecast(sgd.settings, 512, 0).total() == 1000);
    const auto flat = static_cast<std::uint64_t>(network.flat_size()) * sizeof(real);
    CHECK(small.optimizer == flat);  // momentum
    CHECK(forecast(adam.settings, 8, 0).optimizer == 2 * flat);
    CHECK(small.total() > small.training + small.optimizer + small.samples + flat);
  }

  TEST_CASE("lines for people fit into 80 columns") {
    EpochEvent e;
    e.epoch = e.epochs = 1000;
    e.train = {1000, {{"loss", "loss", 123456.789, false, false}, {"top1", "top-1", 1.0, true, true}}};
    e.validation = {1000, {{"loss", "loss", 0.00012345, false, false}, {"top1", "top-1", 1.0, true, true}}};
    e.seconds = 86399;
    e.images_per_second = 12345678;
    e.best = true;
    CHECK(epoch_line(e).size() <= 80);
    CHECK(epoch_line(e).find("100.00%") != std::string::npos);
    for (const std::string& line : start_lines({})) CHECK(line.size() <= 80);
  }
}
