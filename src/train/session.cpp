#include "train/session.hpp"

#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "train/environment.hpp"
#include "train/history.hpp"
#include "train/rehearsal.hpp"
#include "train/run_dir.hpp"

namespace cnnctl {
namespace {

constexpr std::int64_t kTrialSteps = 16;  // of verify_determinism

RunDir run_dir_for(const TrainRequest& request, const std::string& name) {
  if (!request.resume.empty()) return RunDir::existing(request.resume);
  return request.run_dir.empty() ? RunDir::next(name) : RunDir::at(request.run_dir);
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

/// All that is known before the first step, but what is the folder's.
RunStart start_event(const PreparedRun& run, const TrainingProgress& progress) {
  const Settings& settings = run.settings();
  const TrainingData& data = run.data;
  RunStart e;
  e.name = settings.name;
  e.tool_version = tool_version();
  e.input = run.network.input().str();
  e.layers = static_cast<std::int64_t>(run.network.layers().size());
  e.parameters = run.network.trainable_count();
  e.frozen = run.network.frozen_count();
  for (const LayerInfo& layer : run.network.layers()) e.macs += layer.macs;
  e.train_samples = static_cast<std::int64_t>(data.partition.train.size());
  e.validation_samples = static_cast<std::int64_t>(data.partition.validation.size());
  e.classes = static_cast<std::int64_t>(data.samples->spec().class_names.size());
  e.epochs = settings.train.epochs;
  e.batch_size = settings.data.batch_size;
  const std::int64_t batches =
      settings.data.drop_last ? e.train_samples / e.batch_size : pieces(e.train_samples, e.batch_size);
  e.batches_per_step = settings.train.accumulate;
  e.steps_per_epoch = pieces(batches, e.batches_per_step);
  e.seed = settings.seed;
  e.epoch = progress.epoch;
  e.step = progress.step;
  e.weights_hash = run.network.hash();
  e.environment = environment();
  e.numbers = run.goal.numbers();
  e.threads = run.workers.count();
  e.memory_forecast = run.forecast(run.plans).total();
  e.memory_available = run.available;
  return e;
}

/// The configuration in the run's folder: as given for people, resolved for --resume.
void write_configs(const TrainRequest& request, const Experiment& experiment, const RunDir& dir) {
  if (request.resume.empty()) write_file_atomically(dir.file("config.yaml"), read_file(request.config));
  write_file_atomically(dir.file("config.resolved.yaml"), resolved_yaml(experiment));
}

/// Says so if the program, its libraries or the processor are not those with which the run was last at work.
void note_changes(const RunDir& dir, const Note& note) {
  const std::vector<std::string> changes = differences(read_history(dir.path()).last, environment());
  if (changes.empty()) return;
  note(fmt::format("note: {}: not all is as it was, and the bits may differ from those of a run without a break:",
                   dir.path()));
  for (const std::string& change : changes) note("  " + change);
}

TrainResult train_in(const RunDir& dir, const TrainRequest& request, PreparedRun& run, const Note& note) {
  const Settings& settings = run.settings();
  const bool resumes = !request.resume.empty(), goes_on = resumes && dir.has_state();
  OptimizerState state(*settings.optimizer, run.network, settings.train.averages());
  TrainingProgress progress;
  if (goes_on) progress = load_state(dir.state(), run.network, state.named()).progress;
  if (resumes && !goes_on) first_weights(settings, run.network, note);  // killed before its first save
  if (!goes_on) WeightAverage(settings.train, run.network, run.workers, state).begin();
  if (progress.epoch >= settings.train.epochs || Monitor(run.goal, settings.train.early_stopping).exhausted(progress))
    return {dir.path(), true, {}};
  if (resumes) {
    note_changes(dir, note);
    dir.cut_logs(progress);
  } else {
    dir.begin_logs();
  }

  std::vector<std::unique_ptr<Observer>> observers = make_observers(dir.path(), request.progress);
  Saver saver(dir.path(), settings.checkpoint, run.network, state, checkpoint_info(run.experiment, run.data),
              run.data.record, [&](const std::string& path, std::int64_t step) {
                for (const std::unique_ptr<Observer>& observer : observers) observer->saved(path, step);
              });
  RunStart start = start_event(run, progress);
  start.run_dir = dir.path();
  for (const std::unique_ptr<Observer>& observer : observers) observer->start(start);
  write_configs(request, run.experiment, dir);
  if (!goes_on) saver.save_state(progress);
  Trainer trainer({settings, run.goal, run.data, run.network, run.workers, state, saver, observers},
                  std::move(run.plans), progress);
  return {dir.path(), false, trainer.run()};
}

}  // namespace

TrainResult train(const TrainRequest& request, const Note& note) {
  const Interrupt interrupt;
  PreparedRun run(request, note);
  if (request.verify_determinism) {
    verify_determinism(run, kTrialSteps);
    note(fmt::format("deterministic: {} twice, with different numbers of threads: the same bits",
                     counted(kTrialSteps, "step")));
  }
  if (request.resume.empty()) first_weights(run.settings(), run.network, note);  // what cannot begin leaves no folder
  const RunDir dir = run_dir_for(request, run.settings().name);
  TrainResult result = train_in(dir, request, run, note);
  run.note_new(note);
  return result;
}

}  // namespace cnnctl
