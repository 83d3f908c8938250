#include "data/measure.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "data/read_all.hpp"
#include "kernels/pointwise/pixels.hpp"

namespace cnnctl {
namespace {

/// Sums of the values of each channel and of their squares: whole numbers for pixels.
template <class T>
struct ChannelSums {
  std::vector<T> values, squares;

  explicit ChannelSums(std::size_t channels) : values(channels), squares(channels) {}
};

/// Adds up bytes by position in 32 bits, where registers are full of them, and hands them on before they overflow.
class PositionSums {
 public:
  explicit PositionSums(std::size_t channels)
      : values_(channels * kPositions), squares_(values_.size()), totals_(channels) {}

  void add(const std::uint8_t* pixels, std::int64_t count) {
    constexpr std::int64_t kMost = 66'000;  // times 255^2 is still below 2^32
    const auto width = static_cast<std::int64_t>(values_.size());
    for (std::int64_t at = 0; at < count;) {
      const std::int64_t here = std::min(count - at, (kMost - added_) * width);
      kernels::add_pixels(here, pixels + at, width, values_.data(), squares_.data());
      at += here;
      added_ += pieces(here, width);
      if (added_ == kMost) flush();
    }
  }

  ChannelSums<std::uint64_t> totals() {
    flush();
    return totals_;
  }

 private:
  static constexpr std::size_t kPositions = 256;  // of each channel: four arrays of that stay in a cache

  void flush() {
    const std::size_t channels = totals_.values.size();
    for (std::size_t i = 0; i < values_.size(); ++i) {
      totals_.values[i % channels] += std::exchange(values_[i], 0u);
      totals_.squares[i % channels] += std::exchange(squares_[i], 0u);
    }
    added_ = 0;
  }

  std::vector<std::uint32_t> values_, squares_;
  ChannelSums<std::uint64_t> totals_;
  std::int64_t added_ = 0;  // at most, to any position
};

/// Adds up numbers that are no pixels, one after the other.
class NumberSums {
 public:
  explicit NumberSums(std::size_t channels) : totals_(channels) {}

  void add(const float* numbers, std::int64_t count) {
    const std::size_t channels = totals_.values.size();
    for (std::int64_t i = 0; i < count; ++i) {
      const double number = numbers[i];
      totals_.values[static_cast<std::size_t>(i) % channels] += number;
      totals_.squares[static_cast<std::size_t>(i) % channels] += number * number;
    }
  }

  ChannelSums<double> totals() { return totals_; }

 private:
  ChannelSums<double> totals_;
};

/// The sums over the given samples, formed task by task, so that the number of workers does not matter.
template <class T, class Number, class Sums>
ChannelSums<Number> channel_sums(const Samples& samples, std::span<const std::uint32_t> indices,
                                 const Workers& workers) {
  constexpr std::int64_t kTasks = 256, kTaskBytes = std::int64_t{1} << 19;
  const std::size_t input = samples.spec().index(samples.spec().input);
  const Column& column = samples.spec().columns[input];
  const auto count = static_cast<std::int64_t>(indices.size());
  const std::int64_t size = column.shape.count();
  const std::int64_t step = std::max(pieces(kTaskBytes, size), pieces(count, kTasks));
  const ChannelSums<Number> none(static_cast<std::size_t>(column.shape.channels()));
  std::vector<ChannelSums<Number>> parts(static_cast<std::size_t>(pieces(count, step)), none);
  read_in_order(pieces(count, step), workers, [&](std::int64_t task, int) {
    Sums sums(none.values.size());
    Sample sample;
    for (std::int64_t i = task * step; i < std::min((task + 1) * step, count); ++i) {
      samples.read(indices[static_cast<std::size_t>(i)], sample);
      sums.add(sample.data<T>(input), size);
    }
    parts[static_cast<std::size_t>(task)] = sums.totals();
  });
  ChannelSums<Number> total = none;
  for (const ChannelSums<Number>& part : parts) {
    for (std::size_t c = 0; c < none.values.size(); ++c) {
      total.values[c] += part.values[c];
      total.squares[c] += part.squares[c];
    }
  }
  return total;
}

/// `unit` is what counts as 1.
template <class T>
Normalization normalization_of(const ChannelSums<T>& sums, double count, double unit) {
  Normalization result;
  for (std::size_t c = 0; c < sums.values.size(); ++c) {
    const double mean = static_cast<double>(sums.values[c]) / count;
    const double variance = static_cast<double>(sums.squares[c]) / count - mean * mean;
    result.mean.push_back(mean / unit);
    result.std.push_back(variance > 0 ? std::sqrt(variance) / unit : 1);
  }
  return result;
}

}  // namespace

Normalization measure(const Samples& samples, std::span<const std::uint32_t> indices, const Workers& workers) {
  CNNCTL_CHECK(!indices.empty());
  const Column& input = samples.spec().column(samples.spec().input);
  const double count = static_cast<double>(indices.size()) * static_cast<double>(input.shape.positions());
  if (input.element == Element::u8)
    return normalization_of(channel_sums<std::uint8_t, std::uint64_t, PositionSums>(samples, indices, workers), count,
                            255);
  return normalization_of(channel_sums<float, double, NumberSums>(samples, indices, workers), count, 1);
}

}  // namespace cnnctl
