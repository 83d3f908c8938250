// cosine_restarts - half cosines, one after the other, each from the full rate, step by step.
// Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, as
// torch.optim.lr_scheduler.CosineAnnealingWarmRestarts stepped once a batch.
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

class CosineRestarts final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.shorthand("first_epochs");
    f.required("first_epochs", first_epochs_, "epochs of the first cosine", between(1, 1e6));
    f.optional("multiplier", multiplier_, "each next one is so many times as long", between(1, 1000));
    f.optional("min_factor", min_factor_, "share of the rate at the end of each", between(0, 1));
  }

  double after(const Progress& p, std::int64_t warmup) const override {
    double done = static_cast<double>(p.step - warmup);
    if (done <= 0) return 1;
    double length = static_cast<double>(first_epochs_) * static_cast<double>(p.steps_per_epoch);
    if (multiplier_ == 1)
      done = std::fmod(done, length);
    else
      for (; done >= length; length *= static_cast<double>(multiplier_)) done -= length;
    return min_factor_ + (1 - min_factor_) * (1 + std::cos(std::numbers::pi * done / length)) / 2;
  }

  std::string own_beyond(std::int64_t epochs) const override {
    if (first_epochs_ < epochs) return {};
    return fmt::format("the first restart, after {} epochs, lies beyond the training of {}", first_epochs_, epochs);
  }

  std::int64_t first_epochs_ = 10, multiplier_ = 1;
  double min_factor_ = 0;
};

}  // namespace

constexpr Kind<Schedule> kCosineRestartsKind = kind_of<Schedule, CosineRestarts>(
    "cosine_restarts",
    "half cosines one after the other, each from the full rate\n"
    "lr * (m + (1 - m) * (1 + cos(pi * u)) / 2), u the share done of the running cosine, m = min_factor\n"
    "Loshchilov, Hutter, \"SGDR\", ICLR 2017",
    "{first_epochs: 10, multiplier: 2}");

}  // namespace cnnctl
