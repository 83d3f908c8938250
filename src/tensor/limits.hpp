// The largest numbers that a description of a network may hold. Products of the few that meet stay within 64 bits:
// values of a network (2^36) times samples of a batch (2^20) times bytes of a value (2^2) leave room for 32 arrays
// more.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace cnnctl {

/// Of one axis of a shape, and of channels, features, groups and padding.
constexpr std::int64_t kLargestSize = std::int64_t{1} << 24;
/// Of the windows of a pooling layer and of the distance between a filter's taps.
constexpr std::int64_t kLargestWindow = std::int64_t{1} << 20;
/// Taps of a filter along one axis, and its stride: planning walks over them.
constexpr std::int64_t kMostTaps = 1024;
/// Results of all layers for one sample together, and numbers in all parameters together.
constexpr std::int64_t kMostValues = std::int64_t{1} << 36;
/// Multiply-adds of one layer for one sample.
constexpr std::int64_t kMostMacs = std::int64_t{1} << 42;

/// Throws ShapeError if the product of these sizes, which are the multiply-adds of a layer for one sample, is beyond
/// that.
void require_macs(std::initializer_list<std::int64_t> sizes);

}  // namespace cnnctl
