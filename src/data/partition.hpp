// Which samples are held back for validation.
#pragma once

#include <cstdint>
#include <vector>

#include "data/samples.hpp"

namespace cnnctl {

/// A set in two parts, as sorted numbers of samples.
struct Partition {
  std::vector<std::uint32_t> train, validation;
};

/// Holds back the same share of each stratum, rounded, chosen by the seed; at least one sample of a stratum stays for
/// training.
Partition stratified_split(const Samples& samples, double validation_share, std::uint64_t seed);

}  // namespace cnnctl
