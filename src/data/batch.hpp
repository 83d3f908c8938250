// A batch: some samples' columns, as a network and its objective take them. Knows memory; knows no file and no order.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/fresh.hpp"
#include "base/workers.hpp"
#include "data/sample.hpp"
#include "losses/target.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

/// Bytes of `room` samples in a batch; without the input, which stands in a network, if so said.
std::uint64_t batch_bytes(const SampleSpec& spec, std::int64_t room, bool with_input);

/// What a loss is told of a column before the first batch.
TargetSpec target_spec(const SampleSpec& spec, std::string_view column);

class Batch final : public Targets {
 public:
  /// For at most `room` samples with these columns, none of which varies. Takes memory with the first resize().
  Batch(const SampleSpec& spec, std::int64_t room);

  std::int64_t n() const { return n_; }
  /// Pixels, normalised, or numbers: (n, shape).
  ConstView values(std::string_view column) const;
  /// Class numbers, (n, positions).
  std::span<const std::int32_t> classes(std::string_view column) const;

  /// The same as a loss takes it.
  Target target(std::string_view column) const override;

  // What those call who fill it.
  /// From now on the values of this column stand at `memory`, which holds `room` samples.
  void place(std::string_view column, real* memory);
  /// Takes over what another batch with the same columns holds, which is then without.
  void take(const Workers& workers, Batch& from);
  /// Makes room for n samples, whose values are then to be written.
  void resize(std::int64_t n);
  /// Each sample's class is `share` its own and for the rest that of the sample before it, the first one's that of the
  /// last. Where `share` is less than a half, classes() are those of the samples before: always the larger part.
  void mix_classes(double share);
  real* values_at(std::size_t column) { return parts_[column].values; }
  std::int32_t* classes_at(std::size_t column) { return parts_[column].classes.data(); }
  const SampleSpec& spec() const { return spec_; }

 private:
  struct Part {
    bool placed = false;
    real* values = nullptr;
    std::vector<real, FreshAllocator<real>> own;
    std::vector<std::int32_t> classes, others;  // others: of mixed samples
  };

  SampleSpec spec_;
  std::int64_t room_, n_ = 0;
  double share_ = 1;  // of `classes` in mixed samples
  std::vector<Part> parts_;
};

}  // namespace cnnctl
