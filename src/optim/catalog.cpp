#include "optim/catalog.hpp"

namespace cnnctl {

const Catalog<Optimizer>& optimizers() {
  static constexpr const Kind<Optimizer>* kinds[] = {&kSgdKind,      &kAdamKind,  &kAdamwKind,   &kAdamaxKind,
                                                     &kNadamKind,    &kRadamKind, &kRmspropKind, &kAdagradKind,
                                                     &kAdadeltaKind, &kLionKind,  &kLarsKind,    &kLambKind};
  static constexpr Catalog<Optimizer> catalog("optimizer", kinds);
  return catalog;
}

const Catalog<Schedule>& schedules() {
  static constexpr const Kind<Schedule>* kinds[] = {
      &kConstantKind, &kStepKind,           &kMultistepKind, &kExponentialKind, &kPolynomialKind,        &kLinearKind,
      &kCosineKind,   &kCosineRestartsKind, &kOneCycleKind,  &kInverseSqrtKind, &kWarmupStableDecayKind, &kPlateauKind};
  static constexpr Catalog<Schedule> catalog("schedule", kinds);
  return catalog;
}

}  // namespace cnnctl
