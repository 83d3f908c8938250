#include "metrics/catalog.hpp"

namespace cnnctl {

const Catalog<Metric>& metrics() {
  static constexpr const Kind<Metric>* kinds[] = {
      &kTop1Kind, &kTop5Kind,    &kTopKKind,      &kPrecisionKind, &kRecallKind,
      &kF1Kind,   &kMeanIouKind, &kMseMetricKind, &kMaeKind,       &kPsnrKind,
  };
  static constexpr Catalog<Metric> catalog("metric", kinds);
  return catalog;
}

}  // namespace cnnctl
