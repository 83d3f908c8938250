#include "train/steps.hpp"

#include <chrono>

#include "experiment/rate.hpp"
#include "train/evaluate.hpp"

namespace cnnctl {
namespace {

Loader::Options loader_options(const Settings& settings) {
  Loader::Options options;
  options.batch_size = settings.data.batch_size;
  options.shuffle = true;
  options.seed = static_cast<std::uint64_t>(settings.seed);
  options.augment = settings.data.augment;
  options.drop_last = settings.data.drop_last;
  return options;
}

}  // namespace

TrainingSteps::TrainingSteps(const StepsParts& parts, ProgramPlan plan, Buffer& memory)
    : parts_(parts),
      objective_(parts.goal.terms),
      loader_(*parts.data.samples, parts.data.partition.train, parts.data.pipeline, loader_options(parts.settings)),
      program_(std::move(plan), parts.network, parts.workers, memory),
      step_({parts.network, parts.workers, program_, objective_, *parts.settings.optimizer, parts.state,
             parts.settings.train.clip_grad_norm, parts.settings.train.clip_grad_value,
             static_cast<std::uint64_t>(parts.settings.seed), parts.settings.train.accumulate > 1}) {
  place_inputs(loader_, program_);
}

TrainingSteps::Forward TrainingSteps::forward(const TrainingProgress& progress) {
  const auto begin = std::chrono::steady_clock::now();
  const Batch& batch = loader_.fill(parts_.workers, progress.step_in_epoch);
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
  const std::int64_t number = progress.epoch * loader_.batches() + progress.step_in_epoch;
  const std::span<const TermValue> values = step_.forward(batch.n(), number, batch);
  // The mean over the samples of several batches: with weights as the loss takes them, where there is one.
  weight_ = values.size() == 1 ? values[0].weight : static_cast<double>(batch.n());
  return {batch, values, objective_.total(values), weight_, waited.count()};
}

bool TrainingSteps::backward(const TrainingProgress& progress, double lr) {
  const std::int64_t group = parts_.settings.train.accumulate, done = progress.step_in_epoch + 1;
  if (group == 1) {
    step_.backward(progress.step, lr);
    return true;
  }
  if (progress.step_in_epoch % group == 0) step_.forget();  // of a step that was not brought to its end
  step_.gather(weight_);
  if (done % group != 0 && done < batches()) return false;
  step_.update(progress.step, lr);
  return true;
}

double TrainingSteps::rate(const TrainingProgress& progress, std::int64_t step) const {
  const Settings& settings = parts_.settings;
  return progress.rate_factor * learning_rate(settings, {step, per_epoch(), settings.train.epochs, progress.noted});
}

}  // namespace cnnctl
