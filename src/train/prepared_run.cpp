#include "train/prepared_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/file.hpp"
#include "base/memory.hpp"
#include "base/processors.hpp"
#include "checkpoint/names.hpp"
#include "data/filler.hpp"
#include "experiment/forecast.hpp"
#include "experiment/resume.hpp"
#include "train/run_dir.hpp"

namespace cnnctl {
namespace {

/// What a run that goes on had saved; none if it begins, or was killed before its first save.
std::optional<ResumedRun> resumed_run(const RunSource& source) {
  if (source.resume.empty()) return std::nullopt;
  RunDir::require_run(source.resume);
  const std::string state = RunDir::state_of(source.resume);
  if (!exists(state)) return std::nullopt;
  return ResumedRun{source.resume, read_state(state)};
}

Experiment experiment_for(const RunSource& source, const std::optional<ResumedRun>& resumed, const Note& note) {
  if (!source.resume.empty()) {
    Saved saved;
    if (resumed) saved = {resumed->saved.info.config, resumed->saved.data.has_value()};
    Experiment experiment = load_for_resume(source.resume + "/config.resolved.yaml", source.overrides, saved, note);
    if (!resumed) return experiment;
    if (!resumed->saved.data)
      note(
          fmt::format("{}: saved by a cnnctl that kept no record of the data: whether they are still the same is not "
                      "checked this time",
                      source.resume));
    experiment.settings.data.own_split = resumed->saved.data && resumed->saved.data->validation;
    return experiment;
  }
  Experiment experiment = load_new_experiment(source.config, source.overrides);
  if (!source.init_from.empty())
    experiment.settings.train.init_from.text = std::filesystem::absolute(source.init_from).string();
  return experiment;
}

/// Throws ConfigError if what validates is asked for in two ways, or something that does not is monitored.
void check_validation(const Experiment& experiment, bool begins) {
  const DataConfig& data = experiment.settings.data;
  const Where place{experiment.source, 0, 0, ""};
  if (begins && data.validation > 0 && data.format.dataset->has(Split::validation))
    throw ConfigError(place, fmt::format("data.validation = {} would hold back training samples, but the data has a "
                                         "validation split of its own; leave data.validation out to validate on that "
                                         "one, or move it away to validate on the share",
                                         data.validation));
  const std::string& monitor = experiment.settings.train.monitor.text;
  if (monitor.starts_with("val_") && !data.validates())
    throw ConfigError(place, fmt::format("train.monitor = {} needs validation samples: data.validation is 0, and the "
                                         "data has no validation split of its own",
                                         monitor));
}

Experiment checked_experiment(const RunSource& source, const std::optional<ResumedRun>& resumed, const Note& note) {
  Experiment experiment = experiment_for(source, resumed, note);
  for (const Diagnostic& warning : experiment.warnings) note(warning.str());
  check_validation(experiment, source.resume.empty());
  return experiment;
}

/// Calls body(); of a run that goes on, mistakes in the data say what to do about them.
void with_hints(const std::optional<ResumedRun>& resumed, FunctionRef<void()> body) {
  if (!resumed) return body();
  try {
    body();
  } catch (const OtherData& other) {
    throw Error(ExitCode::data,
                fmt::format("{}\n  hint: put them back, or say where they are with data.path=, or begin "
                            "a new run; this one is as it was",
                            other.what()));
  } catch (const DataError& error) {
    throw Error(ExitCode::data, fmt::format("{}\n  hint: data that moved are found with data.path=", error.what()));
  }
}

void report_loaded(const std::string& path, const LoadReport& report, const Note& note) {
  const auto list = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) note(fmt::format("{}: {}: {}", path, what, first_few(names)));
  };
  note(fmt::format("{}: {} tensors loaded{}", path, report.loaded,
                   report.wrapping.empty() ? "" : fmt::format(", their names without '{}'", report.wrapping)));
  list("not in the file, drawn afresh", report.missing);
  list("not in the network, left out", report.unexpected);
  list("another shape, drawn afresh", report.mismatched);
}

/// The programs; throws MemoryError if there is less memory than the run will take, as far as it is known before any
/// sample is read.
TrainingPlans plan_in_memory(const Network& network, const Workers& workers, const Settings& settings,
                             std::uint64_t available, const std::optional<ResumedRun>& resumed) {
  TrainingPlans plans;
  with_hints(resumed, [&] {
    const std::uint64_t samples = sample_bytes(training_outline(*settings.data.format.dataset));
    plans = plan_within(
        available, settings.data.batch_size,
        [&](std::int64_t batch) { return plan_training(network, workers, settings, batch); },
        [&](const TrainingPlans& some) { return forecast_training(network, workers, settings, some, samples).total(); },
        [&](const TrainingPlans& some) { return largest_need(network, settings, some.training, samples); });
  });
  return plans;
}

/// The same once the samples are open, and none of them was read.
void require_memory_for(const PreparedRun& run) {
  const std::int64_t batch_size = run.settings().data.batch_size;
  require_memory(
      run.available, batch_size,
      [&](std::int64_t batch) {
        if (batch == batch_size) return run.forecast(run.plans).total();
        return run.forecast(plan_training(run.network, run.workers, run.settings(), batch)).total();
      },
      [&] { return largest_need(run.network, run.settings(), run.plans.training, run.forecast(run.plans).samples); });
}

/// Throws ConfigError if no batch is left for an epoch, or the last one is of a size that the network cannot train
/// with.
void require_batches(const PreparedRun& run) {
  const DataConfig& config = run.settings().data;
  const auto samples = static_cast<std::int64_t>(run.data.partition.train.size());
  if (config.drop_last && samples < config.batch_size)
    throw ConfigError({run.experiment.source, 0, 0, ""},
                      fmt::format("data.drop_last leaves no batch: {} samples to train on, data.batch_size is {}",
                                  samples, config.batch_size));
  const std::int64_t last = samples % config.batch_size;
  if (last == 0 || config.drop_last) return;
  try {
    plan_training(run.network, run.workers, run.settings(), last);
  } catch (const ConfigError& error) {
    std::vector<Diagnostic> diagnostics = error.diagnostics();
    for (Diagnostic& d : diagnostics)
      d.message += fmt::format(
          "; of {} samples to train on {} is left for the last batch of an epoch: "
          "data.drop_last=true leaves it out, and with another data.batch_size it is larger",
          samples, last);
    throw ConfigError(std::move(diagnostics));
  }
}

}  // namespace

PreparedRun::PreparedRun(const RunSource& source, const Note& note)
    : resumed(resumed_run(source)),
      experiment(checked_experiment(source, resumed, note)),
      available(available_memory()),
      workers(thread_count(source.threads, settings())),
      network(experiment.model, Network::Memory::later),
      plans(plan_in_memory(network, workers, settings(), available, resumed)) {
  ResumedRun* const before = resumed ? &*resumed : nullptr;
  with_hints(resumed, [&] { data = open_training_data(experiment, workers, before); });
  note_new(note);
  check_inputs(experiment, data.samples->spec(), data.pipeline.input);
  goal = plan_goal(experiment, network, targets_of(batch_spec(data.samples->spec(), data.pipeline)));
  require_batches(*this);
  require_memory_for(*this);
  with_hints(resumed, [&] { measure_training_data(experiment, workers, data, before); });
  note_new(note);
  network.reserve();
}

MemoryForecast PreparedRun::forecast(const TrainingPlans& of) const {
  return forecast_training(network, workers, settings(), of,
                           data.bytes(of.training.options.batch, !settings().data.augment.empty(), workers));
}

void PreparedRun::note_new(const Note& note) {
  for (const std::string& warning : warnings_about(data)) {
    if (std::find(told.begin(), told.end(), warning) != told.end()) continue;
    note("warning: " + warning);
    told.push_back(warning);
  }
}

void first_weights(const Settings& settings, Network& network, const Note& note) {
  network.initialise(static_cast<std::uint64_t>(settings.seed));
  if (settings.train.init_from.text.empty()) return;
  const std::string path = find_checkpoint(settings.train.init_from.text);
  report_loaded(path, load_model(path, network, false), note);
}

int thread_count(const std::optional<int>& asked, const Settings& settings) {
  if (asked) return *asked;
  return settings.runtime.threads.count ? static_cast<int>(*settings.runtime.threads.count) : available_processors();
}

}  // namespace cnnctl
