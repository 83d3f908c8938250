#include "train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/memory.hpp"
#include "experiment/program_options.hpp"
#include "kernels/pointwise/reduce.hpp"
#include "train/diagnose.hpp"
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
  return options;
}

Loader::Options validation_options(const Settings& settings) {
  Loader::Options options;
  options.batch_size = settings.data.batch_size;
  return options;
}

ProgramOptions options_of(const TrainerParts& parts, Mode mode) {
  return program_options(parts.settings, mode, parts.settings.data.batch_size);
}

/// For the program that trains and the one that validates: the larger need.
Buffer memory_for(const TrainerParts& parts) {
  const auto bytes = [&](Mode mode) {
    return Program::arena_bytes(parts.network, parts.workers, options_of(parts, mode));
  };
  return Buffer(std::max(bytes(Mode::train), parts.data.partition.validation.empty() ? 0 : bytes(Mode::infer)));
}

/// The results of an epoch as a checkpoint keeps them: nothing that depends on the clock.
std::string metrics_json(const EpochEvent& e) {
  nlohmann::ordered_json json = {{"epoch", e.epoch}, {"train_loss", e.train.loss}, {"train_top1", e.train.top1}};
  if (e.validation) {
    json["val_loss"] = e.validation->loss;
    json["val_top1"] = e.validation->top1;
  }
  return json.dump();
}

}  // namespace

double Trainer::Clock::seconds() const { return seconds_since(begin); }

Trainer::Trainer(const TrainerParts& parts, TrainingProgress progress)
    : parts_(parts),
      progress_(progress),
      monitor_(parts.settings),
      train_(*parts.data.samples, parts.data.partition.train, parts.data.pipeline, training_options(parts.settings)),
      memory_(memory_for(parts)),
      program_(parts.network, parts.workers, options_of(parts, Mode::train), memory_),
      segments_(parts.network.segments(parts.settings.optimizer->decays_bias_and_norm())),
      per_sample_(static_cast<std::size_t>(parts.settings.data.batch_size)) {
  train_.place(train_.spec().input, program_.input().data);
  if (parts.data.partition.validation.empty()) return;
  validation_.emplace(*parts.data.samples, parts.data.partition.validation, parts.data.pipeline,
                      validation_options(parts.settings));
  inference_ = std::make_unique<Program>(parts.network, parts.workers, options_of(parts, Mode::infer), memory_);
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
  outcome.stop =
      outcome.signal != 0 ? stop_event(StopEvent::Reason::signal, "stopped by a signal, saved")
      : early ? stop_event(StopEvent::Reason::early, fmt::format("stopped early after {} epochs", progress_.epoch))
              : stop_event(StopEvent::Reason::finished, "finished");
  outcome.last = last_;
  tell([&](Observer& o) { o.stop(outcome.stop); });
  return outcome;
}

bool Trainer::train_epoch() {
  train_.begin_epoch(progress_.epoch);
  meter_ = Meter(progress_.loss_sum, progress_.loss_weight, progress_.correct, progress_.seen);
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

  const std::int64_t n = batch.n();
  const Target target = batch.target(train_.spec().target);
  const ConstView output = program_.forward(n, static_cast<std::uint64_t>(parts_.settings.seed), progress_.step);
  const double loss = parts_.settings.loss->evaluate(
      parts_.workers, output, target, {per_sample_.data(), static_cast<std::size_t>(n)}, {program_.output_gradient()});
  if (!std::isfinite(loss)) diverged(loss);
  meter_.add(loss, parts_.settings.loss->batch_weight(output, target), output, target.classes);

  const double lr = rate_of(progress_.step);
  program_.backward([&](const Gradients& gradients) {
    parts_.settings.optimizer->step({parts_.workers, segments_, parts_.network.flat_values(), gradients,
                                     parts_.state.pointers(), lr, progress_.step, scale_of(gradients)});
  });

  ++progress_.step;
  ++progress_.step_in_epoch;
  progress_.loss_sum = meter_.loss_sum();
  progress_.loss_weight = meter_.loss_weight();
  progress_.correct = meter_.correct();
  progress_.seen = meter_.seen();
  clock_.images += n;
  tell_step(lr);
}

void Trainer::tell_step(double lr) {
  const Metrics so_far = meter_.result();
  StepEvent e;
  e.epoch = progress_.epoch + 1;
  e.epochs = parts_.settings.train.epochs;
  e.batch = progress_.step_in_epoch;
  e.batches = train_.batches();
  e.step = progress_.step;
  e.loss = so_far.loss;
  e.top1 = so_far.top1;
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
  e.train = meter_.result();
  require_finite_weights();
  if (validation_) {
    e.validation = evaluate(*inference_, parts_.workers, *parts_.settings.loss, *validation_);
    if (!e.validation) return false;
  }
  e.lr = rate_of(progress_.step - 1);
  ++progress_.epoch;
  progress_.step_in_epoch = 0;
  progress_.loss_sum = progress_.loss_weight = 0;
  progress_.correct = progress_.seen = 0;
  e.best = monitor_.judge(e.train, e.validation, progress_);
  e.epoch = progress_.epoch;
  e.epochs = parts_.settings.train.epochs;
  e.step = progress_.step;
  e.weights_hash = parts_.network.hash();
  last_ = e;
  tell([&](Observer& o) { o.epoch(e); });
  parts_.saver.save_epoch(progress_, metrics_json(e), e.best);
  return true;
}

void Trainer::save_state() {
  require_finite_weights();
  parts_.saver.save_state(progress_);
}

void Trainer::require_finite_weights() {
  if (!parts_.network.first_nonfinite().empty()) diverged(0);  // the loss was finite
}

/// Scales all gradients together so that their 2-norm is at most clip_grad_norm, as torch.nn.utils.clip_grad_norm_.
double Trainer::scale_of(const Gradients& gradients) const {
  const std::optional<double>& most = parts_.settings.train.clip_grad_norm;
  if (!most) return 1;
  const double norm =
      std::sqrt(kernels::sum_of_squares(parts_.workers, gradients.end - gradients.begin, gradients.values));
  return std::min(1.0, *most / (norm + 1e-6));
}

double Trainer::rate_of(std::int64_t step) const {
  return parts_.settings.optimizer->lr() *
         parts_.settings.lr_scheduler->factor({step, train_.batches(), parts_.settings.train.epochs});
}

std::int64_t Trainer::images_left() const {
  const std::int64_t epochs_after_this = parts_.settings.train.epochs - progress_.epoch - 1;
  return train_.size() - progress_.seen + epochs_after_this * train_.size();
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
  tell([&](Observer& o) { o.stop(stop_event(StopEvent::Reason::diverged, message)); });
  throw TrainingError(message);
}

}  // namespace cnnctl
