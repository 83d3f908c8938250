// step - multiplies the rate by gamma every step_size epochs, as torch.optim.lr_scheduler.StepLR.
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

class StepSchedule final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.shorthand("step_size");
    f.required("step_size", step_size_, "epochs between two drops", between(1, 1e6));
    f.optional("gamma", gamma_, "factor of a drop", positive());
  }

  double after(const Progress& p, std::int64_t) const override {
    const std::int64_t epoch = p.step / p.steps_per_epoch;
    return std::pow(gamma_, static_cast<double>(epoch / step_size_));
  }

  std::int64_t step_size_ = 1;
  double gamma_ = 0.1;
};

}  // namespace

constexpr Kind<Schedule> kStepKind = kind_of<Schedule, StepSchedule>("step",
                                                                     "drops every step_size epochs\n"
                                                                     "lr * gamma^floor(epoch / step_size)",
                                                                     "{step_size: 30, gamma: 0.1}");

}  // namespace cnnctl
