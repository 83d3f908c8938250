// From samples to the numbers of a batch: read, augmented, cut to the network's size, normalised. Knows which samples
// are wanted; knows neither their order nor when.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "data/batch.hpp"
#include "data/pipeline.hpp"
#include "data/samples.hpp"
#include "data/transform.hpp"

namespace cnnctl {

/// What a batch of such samples has: spatial columns in the size of the network's input.
SampleSpec batch_spec(const SampleSpec& samples, const Pipeline& pipeline);

class Filler {
 public:
  /// All of them outlive it.
  Filler(const Samples& samples, const Pipeline& pipeline, std::span<const Choice<Transform>> transforms,
         std::uint64_t seed);

  /// Writes these samples, batch number `batch` of the epoch, to a batch of batch_spec(). What becomes of a sample is a
  /// function of (seed, epoch, sample), and how those of a batch are mixed one of (seed, epoch, batch). One call at a
  /// time. Throws DataError of a sample that cannot be read.
  void fill(const Workers& workers, std::int64_t epoch, std::span<const std::uint32_t> chosen, Batch& to,
            std::int64_t batch = 0);

 private:
  /// How a column's values become the network's: x = value * scale + shift, repeated as the kernel wants it.
  struct Scaling {
    std::vector<real> scale, shift;
    std::vector<float> mean;  // in the values' own units, for what stands outside of a picture
    std::int64_t period() const { return static_cast<std::int64_t>(scale.size()); }
  };
  /// Samples read ahead within a task, so that their memory is on its way when they are wanted.
  static constexpr std::int64_t kAhead = 2;
  struct Scratch {  // of a worker
    std::array<Sample, kAhead + 1> samples;
    std::vector<float> floats;
    std::vector<Plane> planes;
  };

  static Scaling scaling_of(const Column& column, const Normalization* normalization);
  void read(std::uint32_t sample, Sample& to) const;
  void write(const Sample& sample, std::int64_t i, Batch& to) const;
  void augment(const Sample& sample, std::uint32_t number, std::int64_t epoch, Scratch& scratch) const;
  void mix(const Workers& workers, std::int64_t epoch, std::int64_t batch, Batch& to) const;
  void write_planes(const Scratch& scratch, std::int64_t i, Batch& to) const;
  /// The middle of (height, width, channels) values, scaled.
  template <class T>
  void write_centre(std::size_t column, const T* values, const PlaneSize& whole, std::int64_t i, Batch& to) const;

  const Samples& samples_;
  std::span<const Choice<Transform>> transforms_;  // of single samples
  std::span<const Choice<Transform>> mixing_;      // of all samples of a batch, behind them
  std::uint64_t seed_;
  SampleSpec spec_;  // of the batch
  std::size_t input_, input_bytes_ = 0;
  std::vector<Scaling> scaling_;
  std::int64_t plane_positions_ = 0;  // of the largest image on its way through the transforms
  std::vector<Scratch> scratch_;
};

}  // namespace cnnctl
