// What is learnt about a dataset before training: its mean and deviation, and which samples are for validation.
#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/rng.hpp"
#include "data/loader.hpp"

namespace cnnctl {
namespace {

/// Sums of values and of squares at each position of a sample, exact.
class PositionSums {
 public:
  explicit PositionSums(std::size_t size) : sums_(size), squares_(size), sum_totals_(size), square_totals_(size) {}

  void add(const std::uint8_t* pixels) {
    constexpr int kSafe = 66'000;  // times 255^2 is still below 2^32
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const std::uint32_t value = pixels[i];
      sums_[i] += value;
      squares_[i] += value * value;
    }
    if (++added_ == kSafe) flush();
  }

  void flush() {
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      sum_totals_[i] += sums_[i];
      square_totals_[i] += squares_[i];
    }
    std::fill(sums_.begin(), sums_.end(), 0u);
    std::fill(squares_.begin(), squares_.end(), 0u);
    added_ = 0;
  }

  const std::vector<std::uint64_t>& sums() const { return sum_totals_; }
  const std::vector<std::uint64_t>& squares() const { return square_totals_; }

 private:
  std::vector<std::uint32_t> sums_, squares_;
  std::vector<std::uint64_t> sum_totals_, square_totals_;
  int added_ = 0;
};

}  // namespace

Normalization measure(const Samples& samples, std::span<const std::uint32_t> indices) {
  CNNCTL_CHECK(!indices.empty());
  const auto size = static_cast<std::size_t>(samples.sample_bytes()),
             channels = static_cast<std::size_t>(samples.channels);
  PositionSums positions(size);
  for (const std::uint32_t index : indices) positions.add(samples.sample(index));
  positions.flush();
  const double count = static_cast<double>(indices.size()) * static_cast<double>(size / channels);
  Normalization result;
  for (std::size_t c = 0; c < channels; ++c) {
    std::uint64_t sum = 0, square = 0;
    for (std::size_t i = c; i < size; i += channels) {
      sum += positions.sums()[i];
      square += positions.squares()[i];
    }
    const double mean = static_cast<double>(sum) / count;
    const double variance = static_cast<double>(square) / count - mean * mean;
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
