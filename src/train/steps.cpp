#include "train/steps.hpp"

#include <chrono>

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
             static_cast<std::uint64_t>(parts.settings.seed)}) {
  place_inputs(loader_, program_);
}

TrainingSteps::Forward TrainingSteps::forward(const TrainingProgress& progress) {
  const auto begin = std::chrono::steady_clock::now();
  const Batch& batch = loader_.fill(parts_.workers, progress.step_in_epoch);
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
  const std::span<const TermValue> values = step_.forward(batch.n(), progress.step, batch);
  return {batch, values, objective_.total(values), waited.count()};
}

void TrainingSteps::backward(const TrainingProgress& progress) {
  step_.backward(progress.step, rate(progress, progress.step));
}

double TrainingSteps::rate(const TrainingProgress& progress, std::int64_t step) const {
  const Settings& settings = parts_.settings;
  return progress.rate_factor * settings.optimizer->lr() *
         settings.lr_scheduler->factor({step, per_epoch(), settings.train.epochs});
}

}  // namespace cnnctl
