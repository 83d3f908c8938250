// Every network that ships trains a step, saves, loads and goes on as if it had not been interrupted: small pictures,
// few samples, and of the wide layers a part.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/temporary_folder.hpp"
#include "config/yaml.hpp"
#include "experiment/experiment.hpp"
#include "layers/window.hpp"
#include "model/network.hpp"
#include "paths.hpp"
#include "train/session.hpp"

namespace cnnctl {
namespace {

std::vector<std::string> config_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(testing::kSourceFolder + "/configs"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

/// What makes a network small enough to take a step in a fraction of a second.
std::vector<std::string> in_small(const std::string& config) {
  Diagnostics diagnostics;
  const Node root = load_yaml(config, diagnostics);
  const Node* const params = root.find("model")->find("params");
  const bool large_strides = config.ends_with("alexnet_2012.yaml");  // they leave nothing of 64x64
  std::vector<std::string> overrides{"lr_scheduler=constant"};
  if (params == nullptr) return overrides;
  if (params->find("size")) overrides.push_back(fmt::format("model.params.size={}", large_strides ? 99 : 64));
  if (params->find("hidden")) overrides.push_back("model.params.hidden=32");
  if (params->find("classes")) overrides.push_back("model.params.classes=4");
  return overrides;
}

/// Two samples such as the network takes, of which a step takes both.
std::string data_for(const Experiment& experiment) {
  const Network network(experiment.model, Network::Memory::later);
  const Shape input = network.input();
  const bool masks = network.output().axes() == kImageAxes && !experiment.settings.data.keep_clean;
  const std::int64_t classes = experiment.settings.data.keep_clean ? 4 : network.output().channels();
  return fmt::format(
      "data={{format: synthetic, count: 2, test_count: 2, batch_size: 2, classes: {}, shape: [{}, {}, "
      "{}], target: {}, keep_clean: {}}}",
      classes, input.channels(), input.height(), input.width(), masks ? "mask" : "class",
      experiment.settings.data.keep_clean);
}

TrainResult run(const TrainRequest& request) {
  return train(request, [](const std::string&) {});
}

}  // namespace

TEST_SUITE("train") {
  TEST_CASE("every configuration that ships trains, saves, loads and goes on with the same bits") {
    int count = 0;
    for (const std::string& config : config_files()) {
      CAPTURE(config);
      ++count;
      const testing::TemporaryFolder folder;
      TrainRequest request;
      request.config = config;
      request.threads = 2;
      request.progress = ProgressStyle::none;
      request.overrides = in_small(config);
      request.overrides.push_back(data_for(load_experiment(config, request.overrides)));
      request.overrides.push_back("train.epochs=2");
      request.run_dir = folder / "whole";
      const TrainResult whole = run(request);
      CHECK(whole.outcome.last->step == 2);

      request.overrides.back() = "train.epochs=1";
      request.run_dir = folder / "parts";
      const TrainResult first = run(request);
      CHECK(first.outcome.last->weights_hash != whole.outcome.last->weights_hash);
      TrainRequest rest;
      rest.resume = first.run_dir;
      rest.overrides = {"train.epochs=2"};
      rest.threads = 1;
      rest.progress = ProgressStyle::none;
      CHECK(run(rest).outcome.last->weights_hash == whole.outcome.last->weights_hash);
    }
    CHECK(count >= 40);
  }
}

}  // namespace cnnctl
