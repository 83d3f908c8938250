// multistep - multiplies the rate by gamma at each milestone, as torch.optim.lr_scheduler.MultiStepLR.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

class Multistep final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.shorthand("milestones");
    f.required("milestones", milestones_, "epochs (from 0) at whose beginning the rate drops", between(0, 1e6));
    f.optional("gamma", gamma_, "factor of a drop", positive());
  }

  double after(const Progress& p, std::int64_t) const override {
    const std::int64_t epoch = p.step / p.steps_per_epoch;
    const auto passed = std::count_if(milestones_.begin(), milestones_.end(),
                                      [epoch](std::int64_t milestone) { return milestone <= epoch; });
    return std::pow(gamma_, static_cast<double>(passed));
  }

  std::string own_beyond(std::int64_t epochs) const override {
    const auto late = std::find_if(milestones_.begin(), milestones_.end(),
                                   [epochs](std::int64_t milestone) { return milestone >= epochs; });
    if (late == milestones_.end()) return {};
    return fmt::format("the milestone {} lies beyond the training of {} epochs (from 0): the rate never drops there",
                       *late, epochs);
  }

  std::vector<std::int64_t> milestones_;
  double gamma_ = 0.1;
};

}  // namespace

constexpr Kind<Schedule> kMultistepKind = kind_of<Schedule, Multistep>("multistep",
                                                                       "drops at given epochs\n"
                                                                       "lr * gamma^(milestones passed)",
                                                                       "{milestones: [100, 150], gamma: 0.1}");

}  // namespace cnnctl
