// From samples in memory to batches ready for the network: order, augmentation, normalisation, layout.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "data/dataset.hpp"
#include "data/transform.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

/// Per-channel normalisation: (pixel / 255 - mean) / std, means and deviations in units of 0..1.
struct Normalization {
  std::vector<double> mean, std;
};

/// Measures mean and standard deviation of each channel over the given samples, exactly (integer sums).
/// A channel without variation gets a deviation of 1.
Normalization measure(const Samples& samples, std::span<const std::uint32_t> indices, const Workers& workers);

/// Indices of a stratified split: each class gives the same share, rounded, chosen by the seed; at least one sample of
/// a class stays for training. Both lists are sorted.
struct Partition {
  std::vector<std::uint32_t> train, validation;
};
Partition stratified_split(std::span<const std::int32_t> labels, std::int64_t classes, double validation_share,
                           std::uint64_t seed);

/// Delivers batches of a subset of samples. A batch is a pure function of (seed, epoch, position), whatever the number
/// of workers. Does not own the samples.
class Loader {
 public:
  struct Options {
    std::int64_t batch_size = 32;
    bool shuffle = false;  // order by (seed, epoch)
    std::uint64_t seed = 0;
    std::vector<Choice<Transform>> augment;  // none for validation
  };
  /// `indices` are the samples to deliver, in this order unless shuffled. Starts at epoch 0.
  Loader(const Samples& samples, std::vector<std::uint32_t> indices, const Normalization& normalization,
         Options options);

  std::int64_t size() const { return static_cast<std::int64_t>(indices_.size()); }
  std::int64_t batches() const { return pieces(size(), options_.batch_size); }
  std::int64_t batch_size() const { return options_.batch_size; }

  /// Chooses the order of `epoch`.
  void begin_epoch(std::int64_t epoch);

  /// The samples of batch b of the current epoch; the last one may be short.
  std::span<const std::uint32_t> batch(std::int64_t b) const;

  /// Writes batch b to x, (n, H, W, C) with n = batch(b).size(), and its labels (n). One call at a time: augmentation
  /// uses memory of the loader.
  void fill(const Workers& workers, std::int64_t b, real* x, std::int32_t* labels);

 private:
  void augmented(std::uint32_t sample, float* image, float* spare) const;

  const Samples& samples_;
  std::vector<std::uint32_t> indices_, order_;
  Options options_;
  std::vector<real> scale_, shift_;  // x = pixel * scale + shift: (kernels::kPixelRepeats, C)
  std::vector<float> mean_;          // of each channel, 0..255
  std::int64_t epoch_ = 0;
  std::vector<float> spare_;  // two images a worker, if there is augmentation
};

}  // namespace cnnctl
