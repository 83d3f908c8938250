// After the first number that is not finite: where it came from.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "experiment/experiment.hpp"
#include "graph/program.hpp"

namespace cnnctl {

/// What is known about the step that went wrong.
struct Divergence {
  double loss = 0;                   // finite if it is the weights that are not
  std::int64_t epoch = 0, step = 0;  // from 1
  double lr = 0;
  std::span<const std::uint32_t> samples;  // numbers in the training data
  ConstView input;                         // the batch
};

/// The whole message: loss, step, rate, samples, the first parameter or layer with a NaN or an infinity, and advice.
std::string describe_divergence(const Divergence& d, Network& network, const Workers& workers,
                                const Settings& settings);

}  // namespace cnnctl
