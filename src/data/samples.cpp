#include "data/samples.hpp"

#include <cstring>

#include "base/check.hpp"
#include "base/file.hpp"

namespace cnnctl {

MemorySamples::MemorySamples(SampleSpec spec, std::int64_t count, std::vector<Values> values,
                             std::vector<std::string> warnings)
    : spec_(std::move(spec)), count_(count), values_(std::move(values)), warnings_(std::move(warnings)) {
  CNNCTL_CHECK(count_ >= 1);
  CNNCTL_CHECK_EQ(values_.size(), spec_.columns.size());
  for (std::size_t c = 0; c < values_.size(); ++c) {
    const Column& column = spec_.columns[c];
    CNNCTL_CHECK(!column.varies);
    CNNCTL_CHECK_EQ(values_[c].bytes.size() - values_[c].lead, static_cast<std::size_t>(count_) * column.bytes());
    if (classes_ == nullptr && column.element == Element::i32 && column.shape.count() == 1)
      classes_ = reinterpret_cast<const std::int32_t*>(values_[c].bytes.data() + values_[c].lead);
  }
}

void MemorySamples::read(std::int64_t i, Sample& to) const {
  for (std::size_t c = 0; c < values_.size(); ++c) {
    const Column& column = spec_.columns[c];
    to.borrow(c, values_[c].bytes.data() + values_[c].lead + static_cast<std::size_t>(i) * column.bytes(),
              column.shape);
  }
}

std::uint64_t MemorySamples::resident_bytes() const {
  std::uint64_t sum = 0;
  for (const Values& values : values_) sum += block_bytes(values.bytes.size());
  return sum;
}

Mark MemorySamples::contents(std::int64_t i) const {
  std::uint64_t hash = 0;
  for (std::size_t c = 0; c < values_.size(); ++c) {
    const std::size_t bytes = spec_.columns[c].bytes();
    const std::uint8_t* const begin = values_[c].bytes.data() + values_[c].lead + static_cast<std::size_t>(i) * bytes;
    hash = hash_bytes(std::as_bytes(std::span(begin, bytes)), hash);
  }
  return Mark::of_hash(hash);
}

std::int32_t MemorySamples::stratum(std::int64_t i) const { return classes_ == nullptr ? 0 : classes_[i]; }

MemorySamples::Values values_of(const std::vector<std::int32_t>& classes) {
  MemorySamples::Values values;
  values.bytes.resize(classes.size() * sizeof(std::int32_t));
  std::memcpy(values.bytes.data(), classes.data(), values.bytes.size());
  return values;
}

}  // namespace cnnctl
