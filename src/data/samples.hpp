// An opened split: how many samples there are and what they look like, and each of them when it is asked for.
// Knows columns; knows neither batches nor what they are for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fresh.hpp"
#include "data/mark.hpp"
#include "data/sample.hpp"

namespace cnnctl {

/// At least one sample. Everything but read() answers without opening a file.
class Samples {
 public:
  virtual ~Samples() = default;

  virtual const SampleSpec& spec() const = 0;
  virtual std::int64_t count() const = 0;
  /// Reads sample i, every column. From any thread. Throws DataError with the sample's file.
  virtual void read(std::int64_t i, Sample& to) const = 0;
  /// Whether read() only points to memory, so that nothing is won by keeping what it gave.
  virtual bool in_memory() const { return false; }
  /// What stays in memory until the set is gone, in bytes, once every sample was read.
  virtual std::uint64_t resident_bytes() const = 0;
  /// What one reading takes besides, for a moment, as far as the first sample tells: its picture before it was scaled.
  virtual std::uint64_t reading_bytes() const { return 0; }
  /// Which samples a division of the set should spread evenly: those of the same number, at least 0.
  virtual std::int32_t stratum(std::int64_t) const { return 0; }
  /// What sample i is called in messages: its file, or "sample 17".
  virtual std::string name(std::int64_t i) const { return "sample " + std::to_string(i); }
  /// What it is called within its set, wherever the set lies: "cats/17.png". Empty where it has only its number.
  virtual std::string key(std::int64_t) const { return {}; }
  /// What is known of its contents without opening a file. From any thread.
  virtual Mark mark(std::int64_t i) const = 0;
  /// The hash of its contents: its file is read if nobody has read it yet. From any thread. Throws DataError.
  virtual Mark contents(std::int64_t i) const = 0;
  /// For the user: what was left out, and why.
  virtual std::vector<std::string> warnings() const { return {}; }
};

/// Another set seen differently: everything is passed on but what is overridden.
class SamplesOver : public Samples {
 public:
  explicit SamplesOver(std::unique_ptr<Samples> samples) : samples_(std::move(samples)) {}

  const SampleSpec& spec() const override { return samples_->spec(); }
  std::int64_t count() const override { return samples_->count(); }
  void read(std::int64_t i, Sample& to) const override { samples_->read(i, to); }
  bool in_memory() const override { return samples_->in_memory(); }
  std::uint64_t resident_bytes() const override { return samples_->resident_bytes(); }
  std::uint64_t reading_bytes() const override { return samples_->reading_bytes(); }
  std::int32_t stratum(std::int64_t i) const override { return samples_->stratum(i); }
  std::string name(std::int64_t i) const override { return samples_->name(i); }
  std::string key(std::int64_t i) const override { return samples_->key(i); }
  Mark mark(std::int64_t i) const override { return samples_->mark(i); }
  Mark contents(std::int64_t i) const override { return samples_->contents(i); }
  std::vector<std::string> warnings() const override { return samples_->warnings(); }

 protected:
  std::unique_ptr<Samples> samples_;
};

/// A split that is in memory as a whole.
class MemorySamples final : public Samples {
 public:
  /// The values of a column, sample after sample, behind `lead` bytes that are nobody's.
  struct Values {
    Bytes bytes;
    std::size_t lead = 0;
  };
  /// `values` in the order of spec.columns, each exactly `count` samples.
  MemorySamples(SampleSpec spec, std::int64_t count, std::vector<Values> values,
                std::vector<std::string> warnings = {});

  const SampleSpec& spec() const override { return spec_; }
  std::int64_t count() const override { return count_; }
  void read(std::int64_t i, Sample& to) const override;
  bool in_memory() const override { return true; }
  std::uint64_t resident_bytes() const override;
  Mark mark(std::int64_t i) const override { return contents(i); }
  Mark contents(std::int64_t i) const override;
  /// The class, where there is one a sample.
  std::int32_t stratum(std::int64_t i) const override;
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  SampleSpec spec_;
  std::int64_t count_;
  std::vector<Values> values_;
  std::vector<std::string> warnings_;
  const std::int32_t* classes_ = nullptr;
};

/// Class numbers as the values of a column.
MemorySamples::Values values_of(const std::vector<std::int32_t>& classes);

}  // namespace cnnctl
