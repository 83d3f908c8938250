// Samples read as a whole, and samples made by hand, so that tests can look at them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "data/samples.hpp"

namespace cnnctl::testing {

/// All that a set of pictures and classes holds.
struct Contents {
  std::int64_t count = 0;
  Shape shape;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;
  std::vector<std::string> class_names, warnings;
};

inline Contents contents_of(const Samples& samples) {
  const SampleSpec& spec = samples.spec();
  Contents all;
  all.count = samples.count();
  all.shape = spec.column("image").shape;
  all.class_names = spec.class_names;
  all.warnings = samples.warnings();
  const std::size_t image = spec.index("image"), label = spec.index("class");
  Sample sample;
  for (std::int64_t i = 0; i < all.count; ++i) {
    samples.read(i, sample);
    const auto* const pixels = sample.data<std::uint8_t>(image);
    all.pixels.insert(all.pixels.end(), pixels, pixels + sample.shape(image).count());
    all.labels.push_back(*sample.data<std::int32_t>(label));
  }
  return all;
}

inline MemorySamples::Values pixels_of(const std::vector<std::uint8_t>& pixels) {
  MemorySamples::Values values;
  values.bytes.assign(pixels.begin(), pixels.end());
  return values;
}

/// Pictures of one size with their classes.
inline std::unique_ptr<Samples> samples_of(const Shape& shape, const std::vector<std::uint8_t>& pixels,
                                           const std::vector<std::int32_t>& labels, std::int32_t classes) {
  std::vector<MemorySamples::Values> values;
  values.push_back(pixels_of(pixels));
  values.push_back(values_of(labels));
  return std::make_unique<MemorySamples>(
      picture_and_class(shape, std::vector<std::string>(static_cast<std::size_t>(classes), "name")),
      static_cast<std::int64_t>(labels.size()), std::move(values));
}

/// `count` of them whose pixels and classes follow from their numbers.
inline std::unique_ptr<Samples> numbered_samples(std::int64_t count, const Shape& shape, std::int32_t classes = 10) {
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t at = 0; at < shape.count(); ++at) pixels.push_back(static_cast<std::uint8_t>(i * 37 + at * 11));
    labels.push_back(static_cast<std::int32_t>(i % classes));
  }
  return samples_of(shape, pixels, labels, classes);
}

/// Passes every reading on to another set, which is not in memory then, as if it came from files.
class Lazy : public SamplesOver {
 public:
  explicit Lazy(std::unique_ptr<Samples> samples) : SamplesOver(std::move(samples)) {}
  bool in_memory() const override { return false; }
  std::uint64_t resident_bytes() const override { return 0; }
};

/// Counts readings; samples of some numbers cannot be read.
class Watched final : public Lazy {
 public:
  Watched(std::unique_ptr<Samples> samples, std::atomic<int>& readings, std::vector<std::int64_t> bad = {})
      : Lazy(std::move(samples)), readings_(readings), bad_(std::move(bad)) {}
  void read(std::int64_t i, Sample& to) const override {
    ++readings_;
    for (const std::int64_t bad : bad_)
      if (bad == i) throw DataError(name(i), "is damaged");
    Lazy::read(i, to);
  }

 private:
  std::atomic<int>& readings_;
  std::vector<std::int64_t> bad_;
};

/// The numbers of the first samples.
inline std::vector<std::uint32_t> first(std::int64_t count) {
  std::vector<std::uint32_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0u);
  return indices;
}

}  // namespace cnnctl::testing
