// polynomial - the rest of the training to a power, step by step, as torch.optim.lr_scheduler.PolynomialLR with
// total_iters = the number of steps after the warm-up.
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

class Polynomial final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.optional("power", power_, "1: a line; more: steeper at first", positive());
    f.optional("min_factor", min_factor_, "share of the rate that is left at the end", between(0, 1));
  }

  double after(const Progress& p, std::int64_t warmup) const override {
    const double share = share_after(p, warmup);
    return share >= 1 ? min_factor_ : min_factor_ + (1 - min_factor_) * std::pow(1 - share, power_);
  }

  double power_ = 1, min_factor_ = 0;
};

}  // namespace

constexpr Kind<Schedule> kPolynomialKind = kind_of<Schedule, Polynomial>(
    "polynomial",
    "what is left of the training, to a power\n"
    "lr * (m + (1 - m) * (1 - u)^power), u the share done of the steps after the warm-up, m = min_factor",
    "{power: 0.9}");

}  // namespace cnnctl
