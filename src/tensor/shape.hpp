// Shapes: the sizes of one sample. The batch is never part of a Shape.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace cnnctl {

#ifdef CNNCTL_DOUBLE
using real = double;  // the `exact` test preset: lets gradient checks ask for 1e-6
#else
using real = float;
#endif

/// Sizes of one sample in PyTorch's order: {features} or {channels, height, width}; up to four dimensions.
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
  std::int64_t count() const;

  bool is_image() const { return rank_ == 3; }
  std::int64_t channels() const { return sizes_[0]; }  // of an image, or the features of a vector
  std::int64_t height() const { return rank_ == 3 ? sizes_[1] : 1; }
  std::int64_t width() const { return rank_ == 3 ? sizes_[2] : 1; }
  std::int64_t pixels() const { return count() / channels(); }  // positions that share the channels

  bool operator==(const Shape&) const = default;
  /// "16x5x5", as in tables and messages.
  std::string str() const;

 private:
  std::array<std::int64_t, kMaxRank> sizes_{};
  int rank_ = 0;
};

}  // namespace cnnctl
