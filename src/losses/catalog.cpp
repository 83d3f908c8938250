#include "losses/catalog.hpp"

namespace cnnctl {

const Catalog<Loss>& losses() {
  static constexpr const Kind<Loss>* kinds[] = {
      &kCrossEntropyKind, &kBinaryCrossEntropyKind, &kNllKind,   &kFocalKind,      &kHingeKind, &kMseKind,
      &kL1Kind,           &kSmoothL1Kind,           &kHuberKind, &kCosineLossKind, &kKlDivKind};
  static constexpr Catalog<Loss> catalog("loss", kinds);
  return catalog;
}

}  // namespace cnnctl
