// The flat arrays in which a network's trained parameters stand side by side, each with zeros behind it up to the next
// cache line. Knows places and treatment; knows neither layers nor how values change.
#pragma once

#include <cstdint>

#include "tensor/shape.hpp"

namespace cnnctl {

/// Positions [begin, end) of the flat arrays.
struct FlatRange {
  std::int64_t begin = 0, end = 0;
};

/// One parameter as an optimizer sees it: its place, the zeros behind it included, and how it is treated. What is not
/// trained has no segment and no place in the flat arrays.
struct Segment {
  std::int64_t begin = 0, end = 0;
  double rate = 1;              // factor on the learning rate
  double decay = 1;             // factor on the weight decay; 0: none
  std::uint32_t parameter = 0;  // position in Network::parameters()

  bool treated_as(const Segment& other) const { return rate == other.rate && decay == other.decay; }
};

/// Gradients of the parameters that stand in [begin, end) of the flat arrays, each of them whole; those of the zeros
/// between them are zero.
struct Gradients {
  std::int64_t begin = 0, end = 0;
  real* values = nullptr;  // that of position `begin` comes first

  const real* at(std::int64_t position) const { return values + (position - begin); }
};

}  // namespace cnnctl
