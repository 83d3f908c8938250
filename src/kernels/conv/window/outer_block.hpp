// Sums of outer products over the results of a convolution: what a gradient of weights is. Knows addresses and steps;
// knows no image and no border.
#pragma once

#include <cstdint>

#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Results that a sum runs over, `images` x `rows` x `columns`, and the steps from one to the next.
struct OuterSteps {
  std::int64_t image, row, column;
};
struct OuterResults {
  std::int64_t images, rows, columns;
  OuterSteps x, dy;
};

/// sum (terms, channels) += x[at] (terms) times dy[at] (channels), over the results. Every value is one chain of
/// multiply-adds in the order of images, rows and columns. `sum` has rows of `ld` values.
void add_outer(const OuterResults& results, std::int64_t terms, std::int64_t channels, const real* x, const real* dy,
               real* sum, std::int64_t ld);

}  // namespace cnnctl::kernels
