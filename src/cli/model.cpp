#include "cli/model.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"
#include "experiment/resume.hpp"
#include "train/session.hpp"
#include "train/training_data.hpp"

namespace cnnctl::cli {

TrainedModel open_trained(const std::string& target, const std::vector<std::string>& overrides) {
  TrainedModel model;
  model.path = find_checkpoint(target);
  model.info = read_info(model.path);
  model.experiment = parse_experiment(model.info.config, model.path, as_it_was(model.info.config, overrides));
  model.network = std::make_unique<Network>(model.experiment.model);
  load_model(model.path, *model.network, true);
  Pipeline& pipeline = model.info.pipeline;
  if (pipeline.picture.rank() == 0) pipeline.picture = pipeline.input = model.network->input();
  if (pipeline.input != model.network->input() ||
      static_cast<std::int64_t>(pipeline.normalization.mean.size()) != pipeline.picture.channels())
    throw CheckpointError(model.path, fmt::format("prepares pictures for an input of {}, but its network takes {}",
                                                  pipeline.input.str(), model.network->input().str()));
  return model;
}

namespace {

/// What is done to pictures, where no sample to train on tells more. The mean and deviation must be said.
Pipeline pipeline_of(const Experiment& experiment, const Network& network) {
  const DataConfig& data = experiment.settings.data;
  Pipeline pipeline;
  pipeline.picture = pipeline.input = network.input();
  if (data.size && pipeline.picture.is_image())
    pipeline.picture = {pipeline.picture.channels(), (*data.size)[0], (*data.size)[1]};
  pipeline.fit = data.fit;
  pipeline.orientation = data.format.dataset->orientation();
  pipeline.deep = data.format.dataset->deep();
  const std::optional<Normalization> normalization = said_normalization(experiment, pipeline.picture.channels());
  if (!normalization)
    throw ConfigError({experiment.source, 0, 0, ""},
                      "data.normalize is auto, and there are no samples to train on to measure it: say it with "
                      "data.normalize={mean: [...], std: [...]}");
  pipeline.normalization = *normalization;
  return pipeline;
}

/// The configuration's own: of several inputs, or where only arrays go in, which are prepared already.
Pipeline unprepared(const Network& network) {
  Pipeline pipeline;
  pipeline.picture = pipeline.input = network.input();
  const auto channels = static_cast<std::size_t>(network.input().channels());
  pipeline.normalization = {std::vector<double>(channels, 0.0), std::vector<double>(channels, 1.0)};
  return pipeline;
}

}  // namespace

TrainedModel open_weights(const std::string& config, const std::string& weights,
                          const std::vector<std::string>& overrides, const std::optional<int>& threads, bool pictures) {
  TrainedModel model;
  model.is_foreign = true;
  model.path = find_checkpoint(weights);
  model.experiment = open_experiment(config, overrides);
  model.network = std::make_unique<Network>(model.experiment.model);
  const LoadReport report = load_model(model.path, *model.network, true);
  if (!report.wrapping.empty()) note(fmt::format("{}: loaded, its names without '{}'", model.path, report.wrapping));
  const DataConfig& data = model.experiment.settings.data;
  if (!pictures) {
    model.info.pipeline = unprepared(*model.network);
  } else if (data.format.dataset->has(Split::train)) {
    const TrainingData training =
        load_training_data(model.experiment, Workers(thread_count(threads, model.experiment.settings)));
    model.info.pipeline = training.pipeline;
    model.info.class_names = training.samples->spec().class_names;
    if (data.normalize.mode == NormalizeConfig::Mode::measured)
      note(fmt::format("{}: keeps no mean and deviation of pixels: measured on {} samples to train on", model.path,
                       with_commas(static_cast<std::int64_t>(training.partition.train.size()))));
  } else {
    model.info.pipeline = pipeline_of(model.experiment, *model.network);
  }
  return model;
}

Experiment open_experiment(const std::string& target, const std::vector<std::string>& overrides) {
  const bool is_checkpoint = target.ends_with(".safetensors") || is_directory(target);
  const auto inside = [&] {
    const std::string config = read_info(find_checkpoint(target)).config;
    return parse_experiment(config, target, as_it_was(config, overrides));
  };
  Experiment experiment = is_checkpoint ? inside() : load_new_experiment(target, overrides);
  for (const Diagnostic& warning : experiment.warnings) note(warning.str());
  return experiment;
}

}  // namespace cnnctl::cli
