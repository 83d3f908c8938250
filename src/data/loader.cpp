#include "data/loader.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/rng.hpp"
#include "kernels/pointwise/pixels.hpp"

namespace cnnctl {
namespace {

/// Values of one task: some microseconds of work.
constexpr std::int64_t kTaskValues = 16384;

/// Asks for the first bytes of a sample that is wanted soon: samples of a batch lie anywhere in memory. The processor
/// itself sees by then that the others follow.
void prefetch(const std::uint8_t* pixels, std::int64_t size) {
  constexpr std::int64_t kLine = 64, kMost = 4096;
  for (std::int64_t at = 0; at < std::min(size, kMost); at += kLine) __builtin_prefetch(pixels + at);
}

}  // namespace

Loader::Loader(const Samples& samples, std::vector<std::uint32_t> indices, const Normalization& normalization,
               Options options)
    : samples_(samples), indices_(std::move(indices)), options_(std::move(options)) {
  CNNCTL_CHECK(options_.batch_size >= 1);
  CNNCTL_CHECK_EQ(normalization.mean.size(), samples.channels);
  CNNCTL_CHECK_EQ(normalization.std.size(), samples.channels);
  for (std::int64_t repeat = 0; repeat < kernels::kPixelRepeats; ++repeat) {
    for (std::size_t c = 0; c < normalization.mean.size(); ++c) {
      scale_.push_back(static_cast<real>(1 / (255 * normalization.std[c])));
      shift_.push_back(static_cast<real>(-normalization.mean[c] / normalization.std[c]));
    }
  }
  for (const double mean : normalization.mean) mean_.push_back(static_cast<float>(255 * mean));
  begin_epoch(0);
}

void Loader::begin_epoch(std::int64_t epoch) {
  epoch_ = epoch;
  if (!options_.shuffle) {
    order_ = indices_;
    return;
  }
  order_ = permutation(static_cast<std::uint32_t>(indices_.size()), options_.seed, Purpose::shuffle,
                       static_cast<std::uint64_t>(epoch));
  for (std::uint32_t& position : order_) position = indices_[position];
}

std::span<const std::uint32_t> Loader::batch(std::int64_t b) const {
  CNNCTL_CHECK(b >= 0 && b < batches());
  const std::int64_t begin = b * options_.batch_size;
  return {order_.data() + begin, static_cast<std::size_t>(std::min(options_.batch_size, size() - begin))};
}

void Loader::augmented(std::uint32_t sample, float* image, float* spare) const {
  kernels::to_floats(samples_.sample_bytes(), samples_.sample(sample), image);
  Rng rng(options_.seed, Purpose::augment, static_cast<std::uint64_t>(epoch_), sample);
  const Image view{samples_.height, samples_.width, samples_.channels, image};
  for (const Choice<Transform>& transform : options_.augment) transform->apply(view, spare, mean_.data(), rng);
}

void Loader::fill(const Workers& workers, std::int64_t b, real* x, std::int32_t* labels) {
  const std::span<const std::uint32_t> chosen = batch(b);
  const std::int64_t size = samples_.sample_bytes();
  const auto period = static_cast<std::int64_t>(scale_.size());
  const bool augment = !options_.augment.empty();
  const auto floats = static_cast<std::size_t>(augment ? 2 * size * workers.count() : 0);
  if (spare_.size() < floats) spare_.resize(floats);
  const auto count = static_cast<std::int64_t>(chosen.size());
  const std::int64_t step = std::max<std::int64_t>(1, kTaskValues / size);
  workers.run(pieces(count, step), [&](std::int64_t task, int worker) {
    constexpr std::int64_t kAhead = 2;
    const std::int64_t end = std::min((task + 1) * step, count);
    for (std::int64_t i = task * step; i < end; ++i) {
      if (i + kAhead < end) prefetch(samples_.sample(chosen[static_cast<std::size_t>(i + kAhead)]), size);
      const std::uint32_t sample = chosen[static_cast<std::size_t>(i)];
      labels[i] = samples_.labels[sample];
      real* const to = x + i * size;
      if (augment) {
        float* const image = spare_.data() + 2 * size * worker;
        augmented(sample, image, image + size);
        kernels::normalise(size, image, period, scale_.data(), shift_.data(), to);
      } else {
        kernels::normalise(size, samples_.sample(sample), period, scale_.data(), shift_.data(), to);
      }
    }
  });
}

}  // namespace cnnctl
