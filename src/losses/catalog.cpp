#include "losses/catalog.hpp"

namespace cnnctl {

const Catalog<Loss>& losses() {
  static constexpr const Kind<Loss>* kinds[] = {&kCrossEntropyKind, &kMseKind, &kKlDivKind};
  static constexpr Catalog<Loss> catalog("loss", kinds);
  return catalog;
}

}  // namespace cnnctl
