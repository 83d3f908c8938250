#include "kernels/conv.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cnnctl::kernels {
namespace {

// In order of preference; the row-wise algorithms take everything.
constexpr const ConvForward* kForward[] = {&kDepthwiseForward, &kPointwiseForward, &kIm2colForward, &kWinogradForward,
                                           &kRowsForward};
constexpr const ConvInputGradient* kInput[] = {&kDepthwiseInput, &kPointwiseInput, &kIm2colInput, &kWinogradInput,
                                               &kRowsInput};
constexpr const ConvWeightGradient* kWeight[] = {&kDepthwiseWeight, &kPointwiseWeight, &kIm2colWeight, &kWinogradWeight,
                                                 &kRowsWeight};

template <class Algorithm, std::size_t count>
const Algorithm& choose(const Algorithm* const (&table)[count], const Algorithm& fast, const ConvGeometry& g,
                        bool winograd) {
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const Algorithm* algorithm) {
    return (winograd || algorithm != &fast) && algorithm->applies(g);
  });
  CNNCTL_CHECK(found != std::end(table));
  return **found;
}

}  // namespace

const ConvForward& choose_forward(const ConvGeometry& g, bool winograd) {
  return choose(kForward, kWinogradForward, g, winograd);
}

const ConvInputGradient& choose_input_gradient(const ConvGeometry& g, bool winograd) {
  return choose(kInput, kWinogradInput, g, winograd);
}

const ConvWeightGradient& choose_weight_gradient(const ConvGeometry& g, bool winograd) {
  return choose(kWeight, kWinogradWeight, g, winograd);
}

void copy_weights(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  std::copy_n(w, g.weight_count(), prepared);
}

void join_partials(const Workers& workers, std::int64_t groups, std::int64_t count, const real* partials, real* total) {
  constexpr std::int64_t kBlock = 8192;
  workers.run(pieces(count, kBlock), [&](std::int64_t task, int) {
    const std::int64_t begin = task * kBlock, end = std::min(count, begin + kBlock);
    for (std::int64_t i = begin; i < end; ++i) total[i] = partials[i];
    for (std::int64_t group = 1; group < groups; ++group)
      for (std::int64_t i = begin; i < end; ++i) total[i] += partials[group * count + i];
  });
}

}  // namespace cnnctl::kernels
