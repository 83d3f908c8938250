#include "train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/memory.hpp"
#include "base/nan.hpp"
#include "base/text.hpp"
#include "train/diagnose.hpp"
#include "train/epoch_json.hpp"
#include "train/evaluate.hpp"

namespace cnnctl {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

Loader::Options training_options(const Settings& settings) {
  Loader::Options options;
  options.batch_size = settings.data.batch_size;
  options.shuffle = true;
  options.seed = static_cast<std::uint64_t>(settings.seed);
  options.augment = settings.data.augment;
  options.drop_last = settings.data.drop_last;
  return options;
}

Loader::Options validation_options(const Settings& settings) {
  Loader::Options options;
  options.batch_size = settings.data.batch_size;
  return options;
}

}  // namespace

double Trainer::Clock::seconds() const { return seconds_since(begin); }

Trainer::Trainer(const TrainerParts& parts, TrainingPlans plans, TrainingProgress progress)
    : parts_(parts),
      progress_(progress),
      monitor_(parts.goal, parts.settings.train.early_stopping),
      objective_(parts.goal.terms),
      meter_(objective_, parts.goal.measures),
      validation_meter_(objective_, parts.goal.measures),
      train_(*parts.data.samples, parts.data.partition.train, parts.data.pipeline, training_options(parts.settings)),
      memory_(plans.bytes()),
      program_(std::move(plans.training), parts.network, parts.workers, memory_),
      step_({parts.network, parts.workers, program_, objective_, *parts.settings.optimizer, parts.state,
             parts.settings.train.clip_grad_norm, static_cast<std::uint64_t>(parts.settings.seed)}) {
  place_inputs(train_, program_);
  if (parts.data.partition.validation.empty()) return;
  validation_.emplace(parts.data.validation_samples(), parts.data.partition.validation, parts.data.pipeline,
                      validation_options(parts.settings));
  inference_ = std::make_unique<Program>(std::move(*plans.validation), parts.network, parts.workers, memory_);
}

Trainer::Outcome Trainer::run() {
  Outcome outcome;
  while (progress_.epoch < parts_.settings.train.epochs && !monitor_.exhausted(progress_)) {
    if (train_epoch() && finish_epoch() && Interrupt::requested() == 0) continue;
    outcome.signal = Interrupt::requested();
    save_state();
    break;
  }
  const bool early = progress_.epoch < parts_.settings.train.epochs;
  outcome.stop = outcome.signal != 0 ? stop_event(StopEvent::Reason::signal, "stopped by a signal, saved")
                 : early
                     ? stop_event(StopEvent::Reason::early, "stopped early after " + counted(progress_.epoch, "epoch"))
                     : stop_event(StopEvent::Reason::finished, "finished");
  outcome.last = last_;
  tell([&](Observer& o) { o.stop(outcome.stop); });
  return outcome;
}

bool Trainer::train_epoch() {
  train_.begin_epoch(progress_.epoch);
  meter_.restore(progress_.seen, progress_.sums);
  clock_ = {SteadyClock::now(), 0, 0};
  while (progress_.step_in_epoch < train_.batches()) {
    train_step();
    if (Interrupt::requested() != 0) return false;
    if (parts_.saver.due(progress_)) save_state();
  }
  return true;
}

void Trainer::train_step() {
  const SteadyClock::time_point begin = SteadyClock::now();
  const Batch& batch = train_.fill(parts_.workers, progress_.step_in_epoch);
  clock_.data_seconds += seconds_since(begin);
  note_contents(parts_.data.record.train, *parts_.data.samples, train_.batch(progress_.step_in_epoch));

  const std::span<const TermValue> values = step_.forward(batch.n(), progress_.step, batch);
  if (const double loss = objective_.total(values); !std::isfinite(loss)) diverged(loss);
  meter_.add(values, step_.outputs(), batch);
  const double lr = rate_of(progress_.step);
  step_.backward(progress_.step, lr);

  ++progress_.step;
  ++progress_.step_in_epoch;
  progress_.seen = meter_.samples();
  clock_.images += batch.n();
  tell_step(lr);
}

void Trainer::tell_step(double lr) {
  StepEvent e;
  e.epoch = progress_.epoch + 1;
  e.epochs = parts_.settings.train.epochs;
  e.batch = progress_.step_in_epoch;
  e.batches = train_.batches();
  e.step = progress_.step;
  e.measured = &meter_;
  e.lr = lr;
  e.seconds = clock_.seconds();
  e.data_seconds = clock_.data_seconds;
  e.images = clock_.images;
  e.images_left = images_left();
  tell([&](Observer& o) { o.step(e); });
}

bool Trainer::finish_epoch() {
  EpochEvent e;
  e.seconds = clock_.seconds();
  e.images_per_second = e.seconds > 0 ? static_cast<double>(clock_.images) / e.seconds : 0;
  e.data_share = e.seconds > 0 ? clock_.data_seconds / e.seconds : 0;
  e.train = meter_.results();
  require_finite_weights();
  if (validation_) {
    e.validation = evaluate(*inference_, parts_.workers, objective_, validation_meter_, *validation_);
    if (!e.validation) return false;
    require_finite_loss(*e.validation);
    TrainingData& data = parts_.data;
    note_contents(data.own_validation ? *data.record.validation : data.record.train, data.validation_samples(),
                  data.partition.validation);
  }
  e.lr = rate_of(progress_.step - 1);
  ++progress_.epoch;
  progress_.step_in_epoch = 0;
  progress_.seen = 0;
  progress_.sums.clear();
  e.best = monitor_.judge(e.train, e.validation, progress_);
  e.epoch = progress_.epoch;
  e.epochs = parts_.settings.train.epochs;
  e.step = progress_.step;
  e.weights_hash = parts_.network.hash();
  last_ = e;
  tell([&](Observer& o) { o.epoch(e); });
  parts_.saver.save_epoch(progress_, epoch_json(e), e.best);
  return true;
}

void Trainer::save_state() {
  require_finite_weights();
  if (progress_.step_in_epoch > 0) progress_.sums = meter_.sums();  // between epochs they are of the one that is over
  parts_.saver.save_state(progress_);
}

void Trainer::require_finite_weights() {
  if (!parts_.network.first_nonfinite().empty()) diverged(0);  // the loss was finite
}

void Trainer::require_finite_loss(const Results& validation) {
  if (std::isfinite(validation.loss())) return;
  stop_diverged(
      fmt::format("training diverged: the loss of the validation samples is {} after epoch {}; try a smaller "
                  "optimizer.lr, or batches that are closer to the whole set",
                  unsigned_nan(validation.loss()), progress_.epoch + 1));
}

double Trainer::rate_of(std::int64_t step) const {
  return parts_.settings.optimizer->lr() *
         parts_.settings.lr_scheduler->factor({step, train_.batches(), parts_.settings.train.epochs});
}

std::int64_t Trainer::images_left() const {
  const std::int64_t epochs_after_this = parts_.settings.train.epochs - progress_.epoch - 1;
  return train_.delivered() - progress_.seen + epochs_after_this * train_.delivered();
}

StopEvent Trainer::stop_event(StopEvent::Reason reason, std::string message) const {
  StopEvent e;
  e.reason = reason;
  e.epoch = progress_.epoch;
  e.step = progress_.step;
  e.best_epoch = progress_.best_epoch + 1;
  e.best_value = progress_.best_value;
  e.monitor = monitor_.name();
  e.message = std::move(message);
  e.seconds = seconds_since(begin_);
  e.peak_memory = peak_memory();
  return e;
}

void Trainer::diverged(double loss) {
  const std::int64_t done = std::isfinite(loss) ? 1 : 0;  // weights go bad at the end of a step, the loss within one
  const std::int64_t b = progress_.step_in_epoch - done, step = progress_.step - done;
  const std::span<const std::uint32_t> batch = train_.batch(b);
  train_.fill(parts_.workers, b);  // the forward pass may have written over it
  const ConstView input{program_.input().data, static_cast<std::int64_t>(batch.size()), parts_.network.input()};
  const std::string message = describe_divergence({loss, progress_.epoch + 1, step + 1, rate_of(step), batch, input},
                                                  parts_.network, parts_.workers, parts_.settings);
  stop_diverged(message);
}

void Trainer::stop_diverged(const std::string& message) {
  tell([&](Observer& o) { o.stop(stop_event(StopEvent::Reason::diverged, message)); });
  throw TrainingError(message);
}

}  // namespace cnnctl
