#include "train/training_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.hpp"

namespace cnnctl {
namespace {

Where data_place(const Experiment& experiment) { return {experiment.source, 0, 0, ""}; }

Normalization normalization_for(const Experiment& experiment, const Samples& samples,
                                const std::vector<std::uint32_t>& train, const Workers& workers) {
  const NormalizeConfig& config = experiment.settings.data.normalize;
  const auto channels = static_cast<std::size_t>(samples.channels);
  switch (config.mode) {
    case NormalizeConfig::Mode::measured:
      return measure(samples, train, workers);
    case NormalizeConfig::Mode::none:
      return {std::vector<double>(channels, 0.0), std::vector<double>(channels, 1.0)};
    case NormalizeConfig::Mode::given:
      break;
  }
  if (config.mean.size() != channels)
    throw ConfigError(data_place(experiment),
                      fmt::format("data.normalize has {} means, but the samples have {} channel{}", config.mean.size(),
                                  channels, channels == 1 ? "" : "s"));
  return {config.mean, config.std};
}

}  // namespace

std::vector<std::uint32_t> all_indices(std::int64_t count) {
  std::vector<std::uint32_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0u);
  return indices;
}

TrainingData load_training_data(const Experiment& experiment, const Workers& workers) {
  const DataConfig& config = experiment.settings.data;
  TrainingData data;
  data.samples = config.format.dataset->load(Split::train, workers);
  if (config.validation > 0) {
    data.partition = stratified_split(data.samples.labels, static_cast<std::int64_t>(data.samples.class_names.size()),
                                      config.validation, static_cast<std::uint64_t>(experiment.settings.seed));
  } else {
    data.partition.train = all_indices(data.samples.count);
  }
  const auto complain = [&](std::string_view part) {
    throw ConfigError(data_place(experiment), fmt::format("data.validation = {} leaves no {} samples of {}",
                                                          config.validation, part, data.samples.count));
  };
  if (data.partition.train.empty()) complain("training");
  if (config.validation > 0 && data.partition.validation.empty()) complain("validation");
  data.normalization = normalization_for(experiment, data.samples, data.partition.train, workers);
  return data;
}

void match_classes(Samples& samples, const std::vector<std::string>& class_names, const std::string& source) {
  if (samples.class_names == class_names) return;
  std::vector<std::int32_t> number;
  for (const std::string& name : samples.class_names) {
    const auto at = std::find(class_names.begin(), class_names.end(), name);
    if (at == class_names.end())
      throw DataError(source, fmt::format("the data has a class '{}' that the model was not trained on", name));
    number.push_back(static_cast<std::int32_t>(at - class_names.begin()));
  }
  for (std::int32_t& label : samples.labels) label = number[static_cast<std::size_t>(label)];
  samples.class_names = class_names;
}

Samples load_test_samples(const Experiment& experiment, const std::vector<std::string>& class_names,
                          const Workers& workers) {
  Samples samples = experiment.settings.data.format.dataset->load(Split::test, workers);
  match_classes(samples, class_names, experiment.source);
  return samples;
}

}  // namespace cnnctl
