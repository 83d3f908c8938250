#include "train/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/interrupt.hpp"
#include "base/memory.hpp"
#include "base/processors.hpp"
#include "base/text.hpp"
#include "checkpoint/names.hpp"
#include "experiment/forecast.hpp"
#include "experiment/resume.hpp"
#include "train/run_dir.hpp"

namespace cnnctl {
namespace {

using Note = std::function<void(const std::string&)>;

/// What a run that goes on had saved; none if it begins, or was killed before its first save.
std::optional<ResumedRun> resumed_run(const TrainRequest& request) {
  if (request.resume.empty()) return std::nullopt;
  RunDir::require_run(request.resume);
  const std::string state = RunDir::state_of(request.resume);
  if (!std::filesystem::exists(state)) return std::nullopt;
  return ResumedRun{request.resume, read_state(state)};
}

Experiment experiment_for(const TrainRequest& request, const std::optional<ResumedRun>& resumed, const Note& note) {
  if (!request.resume.empty()) {
    Saved saved;
    if (resumed) saved = {resumed->saved.info.config, resumed->saved.data.has_value()};
    Experiment experiment = load_for_resume(request.resume + "/config.resolved.yaml", request.overrides, saved, note);
    if (!resumed) return experiment;
    if (!resumed->saved.data)
      note(
          fmt::format("{}: saved by a cnnctl that kept no record of the data: whether they are still the same is not "
                      "checked this time",
                      request.resume));
    experiment.settings.data.own_split = resumed->saved.data && resumed->saved.data->validation;
    return experiment;
  }
  Experiment experiment = load_experiment(request.config, request.overrides);
  if (!request.init_from.empty())
    experiment.settings.train.init_from.text = std::filesystem::absolute(request.init_from).string();
  return experiment;
}

RunDir run_dir_for(const TrainRequest& request, const std::string& name) {
  if (!request.resume.empty()) return RunDir::existing(request.resume);
  return request.run_dir.empty() ? RunDir::next(name) : RunDir::at(request.run_dir);
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

/// What every checkpoint of the run says. Threads and cache are not among it, since they change no bit.
CheckpointInfo checkpoint_info(const Experiment& experiment, const TrainingData& data) {
  Experiment anywhere = experiment;
  anywhere.settings.runtime.threads.count.reset();
  anywhere.settings.data.cache.bytes.reset();
  CheckpointInfo info;
  info.config = resolved_yaml(anywhere);
  info.class_names = data.samples->spec().class_names;
  info.pipeline = data.pipeline;
  return info;
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

/// Warnings that only reading the samples gave: that of pictures which were cut is told with its last count.
void note_new(const std::vector<std::string>& told, const TrainingData& data, const Note& note) {
  for (const std::string& warning : warnings_about(data))
    if (std::find(told.begin(), told.end(), warning) == told.end()) note("warning: " + warning);
}

/// What the run will take.
MemoryForecast forecast(const Network& network, const Workers& workers, const Settings& settings,
                        const TrainingData& data, const TrainingPlans& plans) {
  return forecast_training(network, workers, settings, plans,
                           data.bytes(plans.training.options.batch, !settings.data.augment.empty(), workers));
}

/// The programs; throws MemoryError if there is less memory than the run will take, as far as it is known before any
/// sample is read.
TrainingPlans plan_in_memory(const Network& network, const Workers& workers, const Settings& settings,
                             std::uint64_t available) {
  const std::uint64_t samples = sample_bytes(training_outline(*settings.data.format.dataset));
  return plan_within(
      available, settings.data.batch_size,
      [&](std::int64_t batch) { return plan_training(network, workers, settings, batch); },
      [&](const TrainingPlans& plans) { return forecast_training(network, workers, settings, plans, samples).total(); },
      [&](const TrainingPlans& plans) { return largest_need(network, settings, plans.training, samples); });
}

/// The same once the samples are open, and none of them was read.
void require_memory_for(const TrainingPlans& plans, const Network& network, const Workers& workers,
                        const Settings& settings, const TrainingData& data, std::uint64_t available) {
  const auto forecast_of = [&](const TrainingPlans& some) { return forecast(network, workers, settings, data, some); };
  require_memory(
      available, settings.data.batch_size,
      [&](std::int64_t batch) {
        if (batch == settings.data.batch_size) return forecast_of(plans).total();
        return forecast_of(plan_training(network, workers, settings, batch)).total();
      },
      [&] { return largest_need(network, settings, plans.training, forecast_of(plans).samples); });
}

/// Throws ConfigError if no batch is left for an epoch, or the last one is of a size that the network cannot train
/// with.
void require_batches(const Experiment& experiment, const Network& network, const Workers& workers,
                     const TrainingData& data) {
  const DataConfig& config = experiment.settings.data;
  const auto samples = static_cast<std::int64_t>(data.partition.train.size());
  if (config.drop_last && samples < config.batch_size)
    throw ConfigError({experiment.source, 0, 0, ""},
                      fmt::format("data.drop_last leaves no batch: {} samples to train on, data.batch_size is {}",
                                  samples, config.batch_size));
  const std::int64_t last = samples % config.batch_size;
  if (last == 0 || config.drop_last) return;
  try {
    plan_training(network, workers, experiment.settings, last);
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

RunStart start_event(const Experiment& experiment, const TrainingData& data, const Network& network,
                     const TrainingProgress& progress) {
  const Settings& settings = experiment.settings;
  RunStart e;
  e.name = settings.name;
  e.tool_version = tool_version();
  e.input = network.input().str();
  e.layers = static_cast<std::int64_t>(network.layers().size());
  e.parameters = network.trainable_count();
  e.frozen = network.frozen_count();
  for (const LayerInfo& layer : network.layers()) e.macs += layer.macs;
  e.train_samples = static_cast<std::int64_t>(data.partition.train.size());
  e.validation_samples = static_cast<std::int64_t>(data.partition.validation.size());
  e.classes = static_cast<std::int64_t>(data.samples->spec().class_names.size());
  e.epochs = settings.train.epochs;
  e.batch_size = settings.data.batch_size;
  e.steps_per_epoch = settings.data.drop_last ? e.train_samples / e.batch_size : pieces(e.train_samples, e.batch_size);
  e.seed = settings.seed;
  e.epoch = progress.epoch;
  e.step = progress.step;
  e.weights_hash = network.hash();
  return e;
}

/// The configuration in the run's folder: as given for people, resolved for --resume.
void write_configs(const TrainRequest& request, const Experiment& experiment, const RunDir& dir) {
  if (request.resume.empty()) write_file_atomically(dir.file("config.yaml"), read_file(request.config));
  write_file_atomically(dir.file("config.resolved.yaml"), resolved_yaml(experiment));
}

/// Draws the network's first weights, or takes those of another checkpoint as far as they fit.
void first_weights(const Settings& settings, Network& network, const Note& note) {
  network.initialise(static_cast<std::uint64_t>(settings.seed));
  if (settings.train.init_from.text.empty()) return;
  const std::string path = find_checkpoint(settings.train.init_from.text);
  report_loaded(path, load_model(path, network, false), note);
}

/// All that a run needs before it has a folder.
struct Prepared {
  const TrainRequest& request;
  const Experiment& experiment;
  const Workers& workers;
  TrainingData& data;
  const Goal& goal;
  Network& network;
  TrainingPlans plans;
  std::uint64_t available;
};

TrainResult train_in(const RunDir& dir, Prepared p, const Note& note) {
  const Settings& settings = p.experiment.settings;
  const bool resumes = !p.request.resume.empty(), goes_on = resumes && dir.has_state();
  OptimizerState state(*settings.optimizer, p.network);
  TrainingProgress progress;
  if (goes_on) progress = load_state(dir.state(), p.network, state.named()).progress;
  if (resumes && !goes_on) first_weights(settings, p.network, note);  // killed before its first save
  if (progress.epoch >= settings.train.epochs || Monitor(p.goal, settings.train.early_stopping).exhausted(progress))
    return {dir.path(), true, {}};
  if (resumes) dir.cut_logs(progress);

  std::vector<std::unique_ptr<Observer>> observers = make_observers(dir.path(), p.request.progress);
  Saver saver(dir.path(), settings.checkpoint, p.network, state, checkpoint_info(p.experiment, p.data), p.data.record,
              [&](const std::string& path, std::int64_t step) {
                for (const std::unique_ptr<Observer>& observer : observers) observer->saved(path, step);
              });
  RunStart start = start_event(p.experiment, p.data, p.network, progress);
  start.run_dir = dir.path();
  start.numbers = p.goal.numbers();
  start.threads = p.workers.count();
  start.memory_forecast = forecast(p.network, p.workers, settings, p.data, p.plans).total();
  start.memory_available = p.available;
  for (const std::unique_ptr<Observer>& observer : observers) observer->start(start);
  write_configs(p.request, p.experiment, dir);
  if (!goes_on) saver.save_state(progress);
  Trainer trainer({settings, p.goal, p.data, p.network, p.workers, state, saver, observers}, std::move(p.plans),
                  progress);
  return {dir.path(), false, trainer.run()};
}

}  // namespace

int thread_count(const std::optional<int>& asked, const Settings& settings) {
  if (asked) return *asked;
  return settings.runtime.threads.count ? static_cast<int>(*settings.runtime.threads.count) : available_processors();
}

std::string tool_version() { return std::string("cnnctl ") + CNNCTL_VERSION; }

TrainResult train(const TrainRequest& request, const Note& note) {
  std::optional<ResumedRun> resumed = resumed_run(request);
  const Experiment experiment = experiment_for(request, resumed, note);
  for (const Diagnostic& warning : experiment.warnings) note(warning.str());
  const Settings& settings = experiment.settings;

  const Interrupt interrupt;
  const Workers workers(thread_count(request.threads, settings));
  const std::uint64_t available = available_memory();
  check_validation(experiment, request.resume.empty());
  Network network(experiment.model, Network::Memory::later);
  TrainingPlans plans;
  with_hints(resumed, [&] { plans = plan_in_memory(network, workers, settings, available); });
  TrainingData data;
  with_hints(resumed, [&] { data = open_training_data(experiment, workers, resumed ? &*resumed : nullptr); });
  const std::vector<std::string> told = warnings_about(data);
  for (const std::string& warning : told) note("warning: " + warning);
  check_inputs(experiment, data.samples->spec(), data.pipeline.input);
  const Goal goal = plan_goal(experiment, network, targets_of(batch_spec(data.samples->spec(), data.pipeline)));
  require_batches(experiment, network, workers, data);
  require_memory_for(plans, network, workers, settings, data, available);
  with_hints(resumed, [&] { measure_training_data(experiment, workers, data, resumed ? &*resumed : nullptr); });
  note_new(told, data, note);
  network.reserve();

  if (request.resume.empty()) first_weights(settings, network, note);  // what cannot begin leaves no folder
  const RunDir dir = run_dir_for(request, settings.name);
  const std::vector<std::string> told_before = warnings_about(data);
  TrainResult result =
      train_in(dir, {request, experiment, workers, data, goal, network, std::move(plans), available}, note);
  note_new(told_before, data, note);
  return result;
}

}  // namespace cnnctl
