#include "optim/catalog.hpp"

namespace cnnctl {

const Catalog<Optimizer>& optimizers() {
  static constexpr const Kind<Optimizer>* kinds[] = {&kSgdKind,     &kAdamKind, &kAdamwKind, &kRmspropKind,
                                                     &kAdagradKind, &kLarsKind, &kLambKind};
  static constexpr Catalog<Optimizer> catalog("optimizer", kinds);
  return catalog;
}

const Catalog<Schedule>& schedules() {
  static constexpr const Kind<Schedule>* kinds[] = {&kConstantKind, &kStepKind, &kMultistepKind, &kCosineKind};
  static constexpr Catalog<Schedule> catalog("schedule", kinds);
  return catalog;
}

}  // namespace cnnctl
