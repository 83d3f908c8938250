// Buffers and the views that borrow them. Knows sizes and alignment; knows no arithmetic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "tensor/shape.hpp"

namespace cnnctl {

/// Every tensor starts on a cache line, which is also the widest SIMD register.
constexpr std::size_t kAlignment = 64;

/// Rounds a number of bytes up to whole cache lines.
constexpr std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// A block of memory that starts zeroed; owns, moves, does not copy. Large blocks ask for huge pages.
class Buffer {
 public:
  Buffer() = default;
  /// Throws MemoryError when the system has no more.
  explicit Buffer(std::size_t bytes);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// A batch of samples of one shape, borrowed: value (n, h, w, c) of an image batch is at
/// data[((n * height + h) * width + w) * channels + c].
template <class T>
struct BasicView {
  T* data = nullptr;
  std::int64_t n = 0;  // samples in the batch
  Shape shape;         // of one sample

  std::int64_t count() const { return n * shape.count(); }
  operator BasicView<const T>() const { return {data, n, shape}; }
};
using View = BasicView<real>;
using ConstView = BasicView<const real>;

/// A batch that owns its memory.
class Tensor {
 public:
  Tensor() = default;
  Tensor(std::int64_t n, const Shape& shape)
      : buffer_(static_cast<std::size_t>(n * shape.count()) * sizeof(real)), n_(n), shape_(shape) {}

  View view() { return {data(), n_, shape_}; }
  ConstView view() const { return {data(), n_, shape_}; }
  real* data() { return reinterpret_cast<real*>(buffer_.data()); }
  const real* data() const { return reinterpret_cast<const real*>(buffer_.data()); }
  std::int64_t count() const { return n_ * shape_.count(); }
  std::int64_t n() const { return n_; }
  const Shape& shape() const { return shape_; }
  std::span<real> span() { return {data(), static_cast<std::size_t>(count())}; }
  std::span<const real> span() const { return {data(), static_cast<std::size_t>(count())}; }

 private:
  Buffer buffer_;
  std::int64_t n_ = 0;
  Shape shape_;
};

}  // namespace cnnctl
