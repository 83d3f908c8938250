// Shapes: the sizes of one sample. The batch is never part of a Shape.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "tensor/real.hpp"

namespace cnnctl {

/// Number of values of an array of these sizes; 1 for none. Throws ShapeError if a size is negative, or beyond 2^40.
std::int64_t count_of(std::span<const std::int64_t> sizes);

/// Sizes of one sample in PyTorch's order: channels, then none to three axes of positions. {F} is a vector of features,
/// {C, L} a sequence, {C, H, W} an image and {C, D, H, W} a volume.
/// In memory the channels come last: an image batch is (N, H, W, C), contiguous.
class Shape {
 public:
  static constexpr int kMaxRank = 4;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> sizes);
  explicit Shape(std::span<const std::int64_t> sizes);

  int rank() const { return rank_; }
  std::int64_t operator[](int i) const { return sizes_[static_cast<std::size_t>(i)]; }
  std::span<const std::int64_t> sizes() const { return {sizes_.data(), static_cast<std::size_t>(rank_)}; }
  /// Number of values; 1 for rank 0. Throws ShapeError beyond 2^40.
  std::int64_t count() const { return count_of(sizes()); }

  /// Channels, or the features of a vector. There are none at rank 0.
  std::int64_t channels() const { return sizes_[0]; }
  /// How many axes the positions have: 0 for a vector, 2 for an image.
  int axes() const { return rank_ == 0 ? 0 : rank_ - 1; }
  /// Sizes of these axes, in order.
  std::span<const std::int64_t> extents() const { return sizes().last(static_cast<std::size_t>(axes())); }
  /// Size of one of them, counted from the last: 0 is the width of an image and the length of a sequence.
  std::int64_t extent(int from_last) const;
  /// Places that each have all channels; 1 for a vector.
  std::int64_t positions() const { return count_of(extents()); }

  /// Exactly two axes; nothing else has a height and a width.
  bool is_image() const { return rank_ == 3; }
  std::int64_t height() const;
  std::int64_t width() const;

  /// This shape with other channels.
  Shape with_channels(std::int64_t channels) const;

  bool operator==(const Shape&) const = default;
  /// "16x5x5", as in tables and messages.
  std::string str() const;

 private:
  std::array<std::int64_t, kMaxRank> sizes_{};
  int rank_ = 0;
};

}  // namespace cnnctl
