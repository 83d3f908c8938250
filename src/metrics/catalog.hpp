// The entries of the metric catalogue: each is defined in the file of its name.
#pragma once

#include "metrics/metric.hpp"

namespace cnnctl {

extern const Kind<Metric> kTop1Kind, kTop5Kind, kTopKKind, kPrecisionKind, kRecallKind, kF1Kind, kMeanIouKind,
    kMseMetricKind, kMaeKind, kPsnrKind;

}  // namespace cnnctl
