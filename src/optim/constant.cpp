// constant - one rate throughout, after the warm-up.
#include "optim/catalog.hpp"
#include "optim/warmup.hpp"

namespace cnnctl {
namespace {

class Constant final : public WarmupSchedule {
  void own_fields(Fields&) override {}
  double after(const Progress&, std::int64_t) const override { return 1; }
};

}  // namespace

constexpr Kind<Schedule> kConstantKind = kind_of<Schedule, Constant>("constant",
                                                                     "one rate throughout\n"
                                                                     "lr",
                                                                     "");

}  // namespace cnnctl
