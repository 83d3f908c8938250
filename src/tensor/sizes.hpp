// Sizes along the axes of a sample's positions. Knows numbers and their order; knows neither channels nor batches.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace cnnctl {

/// One number for each axis of positions, in the order of a Shape: {length}, {height, width} or {depth, height, width}.
class Sizes {
 public:
  static constexpr int kMaxAxes = 3;

  Sizes() = default;  // of no axis
  Sizes(std::initializer_list<std::int64_t> sizes);
  explicit Sizes(std::span<const std::int64_t> sizes);
  /// The same number for every axis.
  static Sizes all(int axes, std::int64_t size);

  int axes() const { return axes_; }
  std::int64_t operator[](int axis) const { return values_[static_cast<std::size_t>(axis)]; }
  std::int64_t& operator[](int axis) { return values_[static_cast<std::size_t>(axis)]; }
  std::span<const std::int64_t> values() const { return {values_.data(), static_cast<std::size_t>(axes_)}; }

  bool are_all(std::int64_t size) const;
  bool operator==(const Sizes&) const = default;
  /// "3x5", as in messages.
  std::string str() const;

 private:
  std::array<std::int64_t, kMaxAxes> values_{};
  int axes_ = 0;
};

}  // namespace cnnctl
