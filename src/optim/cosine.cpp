// cosine - half a cosine from the end of the warm-up to the end of training, step by step.
// Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts.
#include <cmath>
#include <numbers>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

/// The lowest factor is reached when the last step is done, so the last step itself still moves: the same as PyTorch's
/// CosineAnnealingLR stepped once a batch with T_max = the number of steps after the warm-up.
class Cosine final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.optional("min_factor", min_factor_, "share of the rate that is left at the end", between(0, 1));
  }

  double after(const Progress& p, std::int64_t warmup) const override {
    const double share = share_after(p, warmup);
    if (share >= 1) return min_factor_;
    return min_factor_ + (1 - min_factor_) * (1 + std::cos(std::numbers::pi * share)) / 2;
  }

  double min_factor_ = 0;
};

}  // namespace

constexpr Kind<Schedule> kCosineKind = kind_of<Schedule, Cosine>(
    "cosine",
    "half a cosine down to min_factor\n"
    "lr * (m + (1 - m) * (1 + cos(pi * u)) / 2), u the share done after the warm-up, m = min_factor\n"
    "Loshchilov, Hutter, \"SGDR\", ICLR 2017",
    "{warmup_epochs: 1}");

}  // namespace cnnctl
