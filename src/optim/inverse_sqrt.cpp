// inverse_sqrt - 1 / the root of the steps, from the end of the warm-up on.
// Vaswani et al., "Attention is all you need", 2017, section 5.3, with the rate at the end of the warm-up as 1.
#include <algorithm>
#include <cmath>

#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

class InverseSqrt final : public WarmupSchedule {
  void own_fields(Fields& f) override {
    f.optional("timescale", timescale_, "steps after which the fall begins; default: those of the warm-up, at least 1",
               between(1, 1e12));
  }

  double after(const Progress& p, std::int64_t warmup) const override {
    const auto scale = static_cast<double>(timescale_.value_or(std::max<std::int64_t>(warmup, 1)));
    const auto done = static_cast<double>(std::max<std::int64_t>(p.step - warmup, 0));
    return std::sqrt(scale / (scale + done));
  }

  std::optional<std::int64_t> timescale_;
};

}  // namespace

constexpr Kind<Schedule> kInverseSqrtKind =
    kind_of<Schedule, InverseSqrt>("inverse_sqrt",
                                   "falls as 1 / the root of the steps, whatever the length of the training\n"
                                   "lr * sqrt(timescale / (timescale + steps after the warm-up))\n"
                                   "Vaswani et al., \"Attention is all you need\", NeurIPS 2017",
                                   "{warmup_steps: 4000}");

}  // namespace cnnctl
