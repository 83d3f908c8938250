// exponential - multiplies the rate by gamma every epoch, as torch.optim.lr_scheduler.ExponentialLR.
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

class Exponential final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.shorthand("gamma");
    f.required("gamma", gamma_, "factor of each epoch", Limits{.low = 0, .high = 10, .low_open = true});
  }

  double after(const Progress& p, std::int64_t) const override {
    return std::pow(gamma_, static_cast<double>(p.step / p.steps_per_epoch));
  }

  double gamma_ = 0.95;
};

}  // namespace

constexpr Kind<Schedule> kExponentialKind = kind_of<Schedule, Exponential>("exponential",
                                                                           "drops by the same factor every epoch\n"
                                                                           "lr * gamma^epoch",
                                                                           "{gamma: 0.95}");

}  // namespace cnnctl
