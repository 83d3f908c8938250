// linear - a line from the end of the warm-up to the end of training, step by step, as
// torch.optim.lr_scheduler.LinearLR with start_factor 1 and total_iters = the number of steps after the warm-up.

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

class Linear final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.optional("min_factor", min_factor_, "share of the rate that is left at the end", between(0, 1));
  }

  double after(const Progress& p, std::int64_t warmup) const override {
    const double share = share_after(p, warmup);
    return share >= 1 ? min_factor_ : 1 + (min_factor_ - 1) * share;
  }

  double min_factor_ = 0;
};

}  // namespace

constexpr Kind<Schedule> kLinearKind =
    kind_of<Schedule, Linear>("linear",
                              "a line down to min_factor\n"
                              "lr * (1 - (1 - m) * u), u the share done of the steps after the warm-up, m = min_factor",
                              "{warmup_epochs: 1}");

}  // namespace cnnctl
