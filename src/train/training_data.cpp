#include "train/training_data.hpp"

#include <fmt/format.h>

#include <numeric>

#include "base/error.hpp"
#include "base/memory.hpp"
#include "data/loader.hpp"
#include "data/measure.hpp"
#include "data/open.hpp"

namespace cnnctl {
namespace {

Where data_place(const Experiment& experiment) { return {experiment.source, 0, 0, ""}; }

std::unique_ptr<Samples> open_split(const Experiment& experiment, Split split, const Workers& workers) {
  const DataConfig& config = experiment.settings.data;
  Opening opening;
  if (config.size) opening.size = {(*config.size)[0], (*config.size)[1]};
  opening.fit = config.fit;
  opening.cache = config.cache.bytes.value_or(available_memory() / 2);
  return open_samples(*config.format.dataset, split, opening, workers);
}

Normalization normalization_for(const Experiment& experiment, const Samples& samples,
                                const std::vector<std::uint32_t>& train, const Workers& workers) {
  const NormalizeConfig& config = experiment.settings.data.normalize;
  const auto channels = static_cast<std::size_t>(samples.spec().column(samples.spec().input).shape.channels());
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

/// What augmentation makes of the samples.
SampleSpec augmented(const Experiment& experiment, SampleSpec spec) {
  for (const Choice<Transform>& transform : experiment.settings.data.augment) {
    try {
      plane_size(spec);
      spec = transform->plan(spec);
    } catch (const ShapeError& error) {
      throw ConfigError(transform.where, fmt::format("data.augment: {}: {}", transform.kind->name, error.what()));
    }
  }
  return spec;
}

}  // namespace

std::uint64_t TrainingData::bytes(std::int64_t batch_size, bool augmented, const Workers& workers) const {
  constexpr std::uint64_t kPlaces = 3 * sizeof(std::uint32_t);  // in the partition, in a loader, in an epoch's order
  constexpr std::uint64_t kReader = std::uint64_t{512} << 10;   // a worker's stack and a decoder's tables
  const SampleSpec spec = batch_spec(samples->spec(), pipeline);
  std::uint64_t sum = samples->resident_bytes() + static_cast<std::uint64_t>(samples->count()) * kPlaces;
  for (const bool training : {true, false}) {
    if (!training && partition.validation.empty()) break;
    sum += batch_bytes(spec, batch_size, false);
    if (fills_ahead(*samples, training && augmented, workers)) sum += batch_bytes(spec, batch_size, true);
    if (!samples->in_memory()) sum += static_cast<std::uint64_t>(workers.count()) * kReader;
  }
  // Those who fill ahead read, and the network's workers may as well.
  if (!samples->in_memory()) sum += 2 * static_cast<std::uint64_t>(workers.count()) * samples->reading_bytes();
  return sum;
}

std::vector<std::uint32_t> all_indices(std::int64_t count) {
  std::vector<std::uint32_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0u);
  return indices;
}

TrainingData open_training_data(const Experiment& experiment, const Workers& workers) {
  const DataConfig& config = experiment.settings.data;
  TrainingData data;
  data.samples = open_split(experiment, Split::train, workers);
  const SampleSpec& spec = data.samples->spec();
  data.pipeline.picture = spec.column(spec.input).shape;
  data.pipeline.fit = config.fit;
  data.pipeline.orientation = config.format.dataset->orientation();
  data.pipeline.input = augmented(experiment, spec).column(spec.input).shape;
  if (config.validation > 0) {
    data.partition =
        stratified_split(*data.samples, config.validation, static_cast<std::uint64_t>(experiment.settings.seed));
  } else {
    data.partition.train = all_indices(data.samples->count());
  }
  const auto complain = [&](std::string_view part) {
    throw ConfigError(data_place(experiment), fmt::format("data.validation = {} leaves no {} samples of {}",
                                                          config.validation, part, data.samples->count()));
  };
  if (data.partition.train.empty()) complain("training");
  if (config.validation > 0 && data.partition.validation.empty()) complain("validation");
  return data;
}

void measure_training_data(const Experiment& experiment, const Workers& workers, TrainingData& data) {
  data.pipeline.normalization = normalization_for(experiment, *data.samples, data.partition.train, workers);
}

TrainingData load_training_data(const Experiment& experiment, const Workers& workers) {
  TrainingData data = open_training_data(experiment, workers);
  measure_training_data(experiment, workers, data);
  return data;
}

std::unique_ptr<Samples> load_test_samples(const Experiment& experiment, const std::vector<std::string>& class_names,
                                           const Workers& workers) {
  return match_classes(open_split(experiment, Split::test, workers), class_names, experiment.source);
}

}  // namespace cnnctl
