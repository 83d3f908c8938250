#include "train/training_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/memory.hpp"
#include "data/loader.hpp"
#include "data/measure.hpp"
#include "data/open.hpp"

namespace cnnctl {
namespace {

Where data_place(const Experiment& experiment) { return {experiment.source, 0, 0, ""}; }

Opening opening_of(const DataConfig& config) {
  Opening opening;
  if (config.size) opening.size = {(*config.size)[0], (*config.size)[1]};
  opening.fit = config.fit;
  opening.clean = config.keep_clean;
  opening.cache = config.cache.bytes.value_or(available_memory() / 2);
  return opening;
}

/// Opens what is trained on and the data's own validation split, if that is used; they share the cache by their sizes.
void open_splits(const Experiment& experiment, const Workers& workers, TrainingData& data) {
  const DataConfig& config = experiment.settings.data;
  const Dataset& dataset = *config.format.dataset;
  const Opening whole = opening_of(config);
  std::unique_ptr<Samples> train = dataset.open(Split::train, workers);
  if (!config.has_own_validation()) {
    data.samples = prepare_samples(std::move(train), dataset, whole, workers);
    return;
  }
  std::unique_ptr<Samples> validation = dataset.open(Split::validation, workers);
  const auto part = static_cast<std::uint64_t>(train->count()), other = static_cast<std::uint64_t>(validation->count());
  Opening share = whole;
  share.cache = static_cast<std::uint64_t>(static_cast<double>(whole.cache) * static_cast<double>(part) /
                                           static_cast<double>(part + other));
  data.samples = prepare_samples(std::move(train), dataset, share, workers);
  share.cache = whole.cache - share.cache;
  validation = prepare_samples(std::move(validation), dataset, share, workers);
  const SampleSpec& spec = data.samples->spec();
  const Shape &wanted = spec.column(spec.input).shape, &shape = validation->spec().column(spec.input).shape;
  if (shape != wanted)
    throw DataError(validation->name(0),
                    fmt::format("is {}, the samples to train on are {}; set data.size to scale all "
                                "to one size",
                                shape.str(), wanted.str()));
  data.own_validation = match_classes(std::move(validation), spec.class_names, experiment.source);
}

[[noreturn]] void refuse(const std::string& run, std::string differences) {
  for (std::size_t at = 0; (at = differences.find('\n', at)) != std::string::npos; at += 3)
    differences.replace(at, 1, "\n  ");
  throw OtherData(run, "the data are not those that the run began with:\n  " + differences);
}

/// Compares what can be compared without reading.
void require_same_listing(const ResumedRun& resumed, const DataRecord& record, const TrainingData& data) {
  const std::string classes =
      class_difference(resumed.saved.info.class_names, data.samples->spec().class_names, record.train, *data.samples);
  if (!classes.empty()) refuse(resumed.folder, classes);
  const std::string train = listing_difference(record.train, *data.samples);
  if (!train.empty()) refuse(resumed.folder, train);
  if (!record.validation) return;
  if (!data.own_validation) refuse(resumed.folder, "their validation split is gone");
  const std::string validation = listing_difference(*record.validation, *data.own_validation);
  if (!validation.empty()) refuse(resumed.folder, "in the validation split: " + validation);
}

void require_same_contents(const ResumedRun& resumed, const DataRecord& record, const TrainingData& data,
                           const Workers& workers) {
  const std::string train = contents_difference(record.train, *data.samples, workers);
  if (!train.empty()) refuse(resumed.folder, train);
  if (!record.validation) return;
  const std::string validation = contents_difference(*record.validation, *data.own_validation, workers);
  if (!validation.empty()) refuse(resumed.folder, "in the validation split: " + validation);
}

/// The division that the run began with.
Partition partition_of(const DataRecord& record) {
  Partition partition;
  partition.validation.assign(record.held_back.begin(), record.held_back.end());
  const std::vector<std::uint32_t> all = all_indices(static_cast<std::int64_t>(record.train.marks.size()));
  std::set_difference(all.begin(), all.end(), partition.validation.begin(), partition.validation.end(),
                      std::back_inserter(partition.train));
  return partition;
}

DataRecord record_of(const TrainingData& data) {
  DataRecord record;
  record.train = record_of(*data.samples);
  if (data.own_validation)
    record.validation = record_of(*data.own_validation);
  else
    record.held_back.assign(data.partition.validation.begin(), data.partition.validation.end());
  return record;
}

}  // namespace

std::uint64_t TrainingData::bytes(std::int64_t batch_size, bool augmented, const Workers& workers) const {
  constexpr std::uint64_t kPlaces = 3 * sizeof(std::uint32_t);  // in the partition, in a loader, in an epoch's order
  constexpr std::uint64_t kMark = sizeof(Mark);
  constexpr std::uint64_t kReader = std::uint64_t{512} << 10;  // a worker's stack and a decoder's tables
  const SampleSpec spec = batch_spec(samples->spec(), pipeline);
  std::uint64_t sum = record.train.keys.size() + (record.validation ? record.validation->keys.size() : 0);
  for (const Samples* const set : {samples.get(), own_validation.get()})
    if (set != nullptr) sum += set->resident_bytes() + static_cast<std::uint64_t>(set->count()) * (kPlaces + kMark);
  for (const bool training : {true, false}) {
    if (!training && partition.validation.empty()) break;
    sum += batch_bytes(spec, batch_size, false);
    const Samples& set = training ? *samples : validation_samples();
    if (fills_ahead(set, training && augmented, workers)) sum += batch_bytes(spec, batch_size, true);
    if (!set.in_memory()) sum += static_cast<std::uint64_t>(workers.count()) * kReader;
  }
  // Those who fill ahead read, and the network's workers may as well.
  std::uint64_t reading = 0;
  for (const Samples* const set : {samples.get(), own_validation.get()})
    if (set != nullptr && !set->in_memory()) reading = std::max(reading, set->reading_bytes());
  sum += 2 * static_cast<std::uint64_t>(workers.count()) * reading;
  return sum;
}

std::optional<Normalization> said_normalization(const Experiment& experiment, std::int64_t channels) {
  const NormalizeConfig& config = experiment.settings.data.normalize;
  const auto count = static_cast<std::size_t>(channels);
  switch (config.mode) {
    case NormalizeConfig::Mode::measured:
      return std::nullopt;
    case NormalizeConfig::Mode::none:
      return Normalization{std::vector<double>(count, 0.0), std::vector<double>(count, 1.0)};
    case NormalizeConfig::Mode::given:
      break;
  }
  if (config.mean.size() != count)
    throw ConfigError(data_place(experiment),
                      fmt::format("data.normalize has {} means, but the samples have {} channel{}", config.mean.size(),
                                  channels, channels == 1 ? "" : "s"));
  return Normalization{config.mean, config.std};
}

std::vector<std::uint32_t> all_indices(std::int64_t count) {
  std::vector<std::uint32_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0u);
  return indices;
}

TrainingData open_training_data(const Experiment& experiment, const Workers& workers, ResumedRun* resumed) {
  const DataConfig& config = experiment.settings.data;
  std::optional<DataRecord> before;
  if (resumed != nullptr) before = std::exchange(resumed->saved.data, std::nullopt);
  TrainingData data;
  open_splits(experiment, workers, data);
  if (before) require_same_listing(*resumed, *before, data);
  const SampleSpec& spec = data.samples->spec();
  data.pipeline.picture = spec.column(spec.input).shape;
  data.pipeline.fit = config.fit;
  data.pipeline.orientation = config.format.dataset->orientation();
  data.pipeline.deep = config.format.dataset->deep();
  data.pipeline.input = augmented(config, spec).column(spec.input).shape;
  if (before) {
    data.partition = partition_of(*before);
  } else if (config.validation > 0) {
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
  if (data.own_validation) data.partition.validation = all_indices(data.own_validation->count());
  data.is_known = before.has_value();
  if (before) data.record = *std::move(before);
  return data;
}

void measure_training_data(const Experiment& experiment, const Workers& workers, TrainingData& data,
                           const ResumedRun* resumed) {
  const SampleSpec& spec = data.samples->spec();
  const std::optional<Normalization> said = said_normalization(experiment, spec.column(spec.input).shape.channels());
  data.pipeline.normalization = said ? *said : measure(*data.samples, data.partition.train, workers);
  if (data.is_known)
    require_same_contents(*resumed, data.record, data, workers);
  else
    data.record = record_of(data);
}

TrainingData load_training_data(const Experiment& experiment, const Workers& workers, ResumedRun* resumed) {
  TrainingData data = open_training_data(experiment, workers, resumed);
  measure_training_data(experiment, workers, data, resumed);
  return data;
}

std::vector<std::string> warnings_about(const TrainingData& data) {
  std::vector<std::string> warnings = data.samples->warnings();
  if (data.own_validation)
    for (std::string& warning : data.own_validation->warnings()) warnings.push_back(std::move(warning));
  const SampleSpec& spec = data.samples->spec();
  const std::optional<std::size_t> target = spec.find(spec.target);
  const bool one_class_a_sample =
      target && spec.columns[*target].element == Element::i32 && spec.columns[*target].shape.count() == 1;
  if (spec.class_names.empty() || !one_class_a_sample) return warnings;
  if (spec.class_names.size() == 1)
    warnings.push_back(
        fmt::format("the data has one class only, '{}': there is nothing to tell it from", spec.class_names[0]));
  std::vector<std::uint8_t> seen(spec.class_names.size());
  for (const std::uint32_t i : data.partition.train) seen[static_cast<std::size_t>(data.samples->stratum(i))] = 1;
  std::string missing;
  for (std::size_t c = 0; c < seen.size(); ++c)
    if (seen[c] == 0) missing += fmt::format("{}'{}'", missing.empty() ? "" : ", ", spec.class_names[c]);
  if (!missing.empty()) warnings.push_back(fmt::format("no sample to train on is of class {}", missing));
  return warnings;
}

std::unique_ptr<Samples> load_split(const Experiment& experiment, Split split,
                                    const std::vector<std::string>& class_names, const Workers& workers) {
  const DataConfig& config = experiment.settings.data;
  std::unique_ptr<Samples> samples = open_samples(*config.format.dataset, split, opening_of(config), workers);
  if (class_names.empty()) return samples;
  return match_classes(std::move(samples), class_names, experiment.source);
}

}  // namespace cnnctl
