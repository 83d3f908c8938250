#include "metrics/metric.hpp"

namespace cnnctl {

void Metric::fields(Fields& f) {
  own_fields(f);
  f.optional("term", term_, "which term of the objective is measured, by name; default: the first that can be");
}

}  // namespace cnnctl
