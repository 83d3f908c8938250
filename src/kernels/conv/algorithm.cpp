#include "kernels/conv/algorithm.hpp"

#include <algorithm>

#include "kernels/pointwise/reduce.hpp"

namespace cnnctl::kernels {

void copy_weights(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  std::copy_n(w, g.weight_count(), prepared);
}

std::int64_t weight_values(const ConvGeometry& g) { return g.weight_count(); }

void join_weights(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw) {
  join_sums(workers, sums, g.weight_count(), all, dw);
}

}  // namespace cnnctl::kernels
