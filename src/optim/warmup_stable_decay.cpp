// warmup_stable_decay - one rate until the last part of the training, then down.
// Hu et al., "MiniCPM", 2024, section 4; the decay is a line or 1 - the root of its share.
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {

enum class DecayForm { linear, sqrt };
template <>
struct Words<DecayForm> {
  static constexpr std::pair<std::string_view, DecayForm> list[] = {{"linear", DecayForm::linear},
                                                                    {"sqrt", DecayForm::sqrt}};
};

namespace {

class WarmupStableDecay final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.optional("decay_share", decay_share_, "share of the steps after the warm-up in which the rate falls",
               Limits{.low = 0, .high = 1, .low_open = true});
    f.optional("decay", decay_, "how: linear, or sqrt: 1 - the root of what is done of it");
    f.optional("min_factor", min_factor_, "share of the rate that is left at the end", between(0, 1));
  }

  double after(const Progress& p, std::int64_t warmup) const override {
    const double done = share_after(p, warmup), share = (done - (1 - decay_share_)) / decay_share_;
    if (done >= 1) return min_factor_;
    if (share <= 0) return 1;
    return 1 + (min_factor_ - 1) * (decay_ == DecayForm::linear ? share : std::sqrt(share));
  }

  double decay_share_ = 0.2, min_factor_ = 0;
  DecayForm decay_ = DecayForm::linear;
};

}  // namespace

constexpr Kind<Schedule> kWarmupStableDecayKind =
    kind_of<Schedule, WarmupStableDecay>("warmup_stable_decay",
                                         "one rate, and a fall in the last part of the training\n"
                                         "lr, and over the last decay_share of the steps down to min_factor * lr\n"
                                         "Hu et al., \"MiniCPM\", 2024",
                                         "{warmup_epochs: 1, decay_share: 0.2}");

}  // namespace cnnctl
