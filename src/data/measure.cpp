// What is learnt about a dataset before training: its mean and deviation, and which samples are for validation.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "base/rng.hpp"
#include "data/loader.hpp"
#include "kernels/pointwise/pixels.hpp"

namespace cnnctl {
namespace {

/// Sums of the values of each channel and of their squares, exact.
struct ChannelSums {
  std::vector<std::uint64_t> values, squares;

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

  ChannelSums totals() {
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
  ChannelSums totals_;
  std::int64_t added_ = 0;  // at most, to any position
};

/// The sums over the given samples; integers, so that no order of adding matters.
ChannelSums channel_sums(const Samples& samples, std::span<const std::uint32_t> indices, const Workers& workers) {
  constexpr std::int64_t kTasks = 256, kTaskBytes = std::int64_t{1} << 19;
  const auto count = static_cast<std::int64_t>(indices.size());
  const std::int64_t size = samples.sample_bytes(), step = std::max(pieces(kTaskBytes, size), pieces(count, kTasks));
  const ChannelSums none(static_cast<std::size_t>(samples.channels));
  std::vector<ChannelSums> parts(static_cast<std::size_t>(pieces(count, step)), none);
  workers.run(pieces(count, step), [&](std::int64_t task, int) {
    PositionSums sums(none.values.size());
    for (std::int64_t i = task * step; i < std::min((task + 1) * step, count); ++i)
      sums.add(samples.sample(indices[static_cast<std::size_t>(i)]), size);
    parts[static_cast<std::size_t>(task)] = sums.totals();
  });
  ChannelSums total = none;
  for (const ChannelSums& part : parts) {
    for (std::size_t c = 0; c < none.values.size(); ++c) {
      total.values[c] += part.values[c];
      total.squares[c] += part.squares[c];
    }
  }
  return total;
}

}  // namespace

Normalization measure(const Samples& samples, std::span<const std::uint32_t> indices, const Workers& workers) {
  CNNCTL_CHECK(!indices.empty());
  const ChannelSums sums = channel_sums(samples, indices, workers);
  const double count = static_cast<double>(indices.size()) * static_cast<double>(samples.height * samples.width);
  Normalization result;
  for (std::size_t c = 0; c < sums.values.size(); ++c) {
    const double mean = static_cast<double>(sums.values[c]) / count;
    const double variance = static_cast<double>(sums.squares[c]) / count - mean * mean;
    result.mean.push_back(mean / 255);
    result.std.push_back(variance > 0 ? std::sqrt(variance) / 255 : 1);
  }
  return result;
}

Partition stratified_split(std::span<const std::int32_t> labels, std::int64_t classes, double validation_share,
                           std::uint64_t seed) {
  CNNCTL_CHECK(validation_share >= 0 && validation_share < 1);
  std::vector<std::vector<std::uint32_t>> members(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i)
    members[static_cast<std::size_t>(labels[i])].push_back(static_cast<std::uint32_t>(i));
  Partition partition;
  for (std::size_t label = 0; label < members.size(); ++label) {
    const std::vector<std::uint32_t>& all = members[label];
    const auto count = static_cast<std::uint32_t>(all.size());
    const auto share = static_cast<std::uint32_t>(std::llround(validation_share * count));
    const std::uint32_t kept_back = count == 0 ? 0 : std::min(share, count - 1);
    const std::vector<std::uint32_t> order = permutation(count, seed, Purpose::split, label);
    for (std::uint32_t i = 0; i < count; ++i)
      (i < kept_back ? partition.validation : partition.train).push_back(all[order[i]]);
  }
  std::sort(partition.train.begin(), partition.train.end());
  std::sort(partition.validation.begin(), partition.validation.end());
  return partition;
}

}  // namespace cnnctl
