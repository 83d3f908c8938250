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
#include "train/history.hpp"
#include "train/statistics.hpp"

namespace cnnctl {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
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
      memory_(plans.bytes()),
      steps_({parts.settings, parts.goal, parts.data, parts.network, parts.workers, parts.state},
             std::move(plans.training), memory_),
      average_(parts.settings.train, parts.network, parts.workers, parts.state),
      meter_(steps_.objective(), parts.goal.measures),
      validation_meter_(steps_.objective(), parts.goal.measures) {
  if (parts.data.partition.validation.empty()) return;
  validation_.emplace(parts.data.validation_samples(), parts.data.partition.validation, parts.data.pipeline,
                      validation_options(parts.settings));
  inference_ = std::make_unique<Program>(std::move(*plans.validation), parts.network, parts.workers, memory_);
}

Trainer::Outcome Trainer::run() {
  Outcome outcome;
  while (progress_.epoch < parts_.settings.train.epochs && !monitor_.exhausted(progress_)) {
    try {
      if (train_on()) continue;
      outcome.signal = Interrupt::requested();
      break;
    } catch (const TrainingError&) {
      if (roll_back()) continue;
      tell([&](Observer& o) { o.stop(stop_event(StopEvent::Reason::diverged, trouble_)); });
      throw;
    }
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

bool Trainer::train_on() {
  if (train_epoch() && finish_epoch() && Interrupt::requested() == 0) return true;
  save_state();
  return false;
}

bool Trainer::train_epoch() {
  steps_.begin_epoch(progress_.epoch);
  meter_.restore(progress_.seen, progress_.sums);
  clock_ = {SteadyClock::now(), 0, 0};
  while (progress_.step_in_epoch < steps_.batches()) {
    train_step();
    if (Interrupt::requested() != 0) return false;
    if (parts_.saver.due(progress_)) save_state();
  }
  return true;
}

void Trainer::train_step() {
  const double lr = steps_.rate(progress_, progress_.step);
  double loss = 0, weight = 0;
  for (bool moved = false; !moved;) {
    const TrainingSteps::Forward forward = steps_.forward(progress_);
    clock_.data_seconds += forward.data_seconds;
    note_contents(parts_.data.record.train, *parts_.data.samples, steps_.loader().batch(progress_.step_in_epoch));
    last_loss_ = forward.loss;
    if (!std::isfinite(forward.loss)) diverged(NanFacts::What::loss);
    meter_.add(forward.values, steps_.outputs(), forward.batch);
    moved = steps_.backward(progress_);
    ++progress_.step_in_epoch;
    clock_.images += forward.batch.n();
    weight += forward.weight;
    if (weight > 0) loss += (forward.loss - loss) * (forward.weight / weight);
  }
  ++progress_.step;
  average_.follow_step(progress_);
  progress_.seen = meter_.samples();
  tell_step(loss, lr);
}

void Trainer::tell_step(double loss, double lr) {
  StepEvent e;
  e.epoch = progress_.epoch + 1;
  e.epochs = parts_.settings.train.epochs;
  e.batch = progress_.step_in_epoch;
  e.batches = steps_.batches();
  e.step = progress_.step;
  e.measured = &meter_;
  e.loss = loss;
  e.lr = lr;
  if (is_noted(progress_.step)) e.weights_hash = parts_.network.hash();
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
  average_.follow_epoch(progress_);
  if (!settle_average()) return false;
  if (validation_) {
    e.validation = validate();
    if (!e.validation) return false;
    require_finite_loss(*e.validation);
  }
  e.lr = steps_.rate(progress_, progress_.step - 1);
  ++progress_.epoch;
  progress_.step_in_epoch = 0;
  progress_.seen = 0;
  progress_.sums.clear();
  e.best = monitor_.judge(e.train, e.validation, progress_);
  parts_.settings.lr_scheduler->note(
      {monitor_.value(e.train, e.validation), monitor_.larger_is_better(), parts_.settings.optimizer->lr()},
      progress_.noted);
  e.epoch = progress_.epoch;
  e.epochs = parts_.settings.train.epochs;
  e.step = progress_.step;
  e.weights_hash = parts_.network.hash();
  last_ = e;
  tell([&](Observer& o) { o.epoch(e); });
  save_epoch(e);
  return true;
}

bool Trainer::settle_average() {
  if (!average_.measures_statistics() || !average_.counts(progress_)) return true;
  const WeightAverage::InPlace in_place(average_, progress_);
  return measure_statistics(steps_, parts_.network, progress_);
}

std::optional<Results> Trainer::validate() {
  const WeightAverage::InPlace in_place(average_, progress_);
  const std::optional<Results> results =
      evaluate(*inference_, parts_.workers, steps_.objective(), validation_meter_, *validation_);
  TrainingData& data = parts_.data;
  if (results)
    note_contents(data.own_validation ? *data.record.validation : data.record.train, data.validation_samples(),
                  data.partition.validation);
  return results;
}

void Trainer::save_epoch(const EpochEvent& e) {
  {
    const WeightAverage::InPlace in_place(average_, progress_);
    parts_.saver.save_models(progress_, epoch_json(e), e.best);
  }
  parts_.saver.save_state(progress_);
}

void Trainer::save_state() {
  require_finite_weights();
  if (progress_.step_in_epoch > 0) progress_.sums = meter_.sums();  // between epochs they are of the one that is over
  parts_.saver.save_state(progress_);
}

void Trainer::require_finite_weights() {
  if (!parts_.network.first_nonfinite().empty()) diverged(NanFacts::What::weights);
}

void Trainer::require_finite_loss(const Results& validation) {
  if (std::isfinite(validation.loss())) return;
  NanFacts facts = facts_of(NanFacts::What::validation, progress_.step - 1);
  facts.message = fmt::format(
      "training diverged: the loss of the validation samples is {} after epoch {}; try a smaller "
      "optimizer.lr, or batches that are closer to the whole set",
      unsigned_nan(validation.loss()), progress_.epoch + 1);
  diverged(std::move(facts));
}

std::int64_t Trainer::images_left() const {
  const std::int64_t epochs_after_this = parts_.settings.train.epochs - progress_.epoch - 1;
  return steps_.delivered() - progress_.seen + epochs_after_this * steps_.delivered();
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

NanFacts Trainer::facts_of(NanFacts::What what, std::int64_t step) const {
  NanFacts facts;
  facts.what = what;
  facts.epoch = progress_.epoch + 1;
  facts.step = step + 1;
  facts.lr = steps_.rate(progress_, step);
  facts.loss = last_loss_;
  facts.weights_hash = hex(parts_.network.hash());
  facts.environment = environment();
  return facts;
}

void Trainer::diverged(NanFacts::What what) {
  const std::int64_t done = what == NanFacts::What::weights ? 1 : 0;  // they go bad at the end of a step
  const std::int64_t b = progress_.step_in_epoch - done;
  NanFacts facts = facts_of(what, progress_.step - done);
  const std::span<const std::uint32_t> batch = steps_.loader().batch(b);
  facts.samples.assign(batch.begin(), batch.end());
  steps_.loader().fill(parts_.workers, b);  // the forward pass may have written over it
  const ConstView input{steps_.program().input().data, static_cast<std::int64_t>(batch.size()), parts_.network.input()};
  facts.message = describe_divergence({facts.loss, facts.epoch, facts.step, facts.lr, batch, input}, parts_.network,
                                      parts_.workers, parts_.settings);
  diverged(std::move(facts));
}

void Trainer::diverged(NanFacts facts) {
  trouble_ = facts.message;
  std::string message = trouble_;
  try {
    const std::string folder = write_nan_bundle(parts_.saver.run_dir(), facts);
    message += fmt::format("\n  hint: cnnctl replay {} runs into it again, step by step", folder);
  } catch (const IoError& error) {
    message += fmt::format("\n  what led there could not be kept: {}", error.what());
  }
  throw TrainingError(message);
}

bool Trainer::roll_back() {
  const TrainConfig& config = parts_.settings.train;
  if (config.on_nan == OnNan::stop || progress_.rollbacks >= config.rollbacks) return false;
  RollbackEvent e;
  e.from_step = progress_.step;
  e.message = trouble_;
  const std::int64_t rollbacks = progress_.rollbacks + 1;
  const double factor = progress_.rate_factor * config.rollback_factor;
  progress_ = parts_.saver.load_state(parts_.network, parts_.state);
  progress_.rollbacks = rollbacks;
  progress_.rate_factor = factor;
  meter_.restore(progress_.seen, progress_.sums);
  save_state();
  e.epoch = progress_.epoch;
  e.step = progress_.step;
  e.rate_factor = factor;
  tell([&](Observer& o) { o.rolled_back(e); });
  return true;
}

}  // namespace cnnctl
