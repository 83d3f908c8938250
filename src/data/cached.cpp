#include "data/cached.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/fresh.hpp"

namespace cnnctl {
namespace {

class CachedSamples final : public SamplesOver {
 public:
  CachedSamples(std::unique_ptr<Samples> samples, std::uint64_t limit)
      : SamplesOver(std::move(samples)), states_(static_cast<std::size_t>(samples_->count())) {
    for (const Column& column : spec().columns) {
      CNNCTL_CHECK(!column.varies);
      offsets_.push_back(record_);
      record_ += (column.bytes() + kAlign - 1) / kAlign * kAlign;
    }
    rooms_ = std::min<std::uint64_t>(states_.size(), limit / record_);
    memory_.resize(rooms_ * record_);
  }

  bool in_memory() const override { return kept_ == states_.size(); }
  std::uint64_t resident_bytes() const override {
    return samples_->resident_bytes() + memory_.size() + states_.size() * sizeof states_[0];
  }

  void read(std::int64_t i, Sample& to) const override {
    std::atomic<std::uint32_t>& state = states_[static_cast<std::size_t>(i)];
    if (const std::uint32_t seen = state.load(std::memory_order_acquire); seen >= kFirstRoom) {
      const std::uint8_t* const record = at(seen - kFirstRoom);
      for (std::size_t c = 0; c < offsets_.size(); ++c) to.borrow(c, record + offsets_[c], spec().columns[c].shape);
      return;
    }
    try {
      samples_->read(i, to);
    } catch (const DataError&) {  // what cannot be read cannot be missing either
      std::uint32_t expected = kUnknown;
      if (state.compare_exchange_strong(expected, kBusy)) ++kept_;
      throw;
    }
    keep(state, to);
  }

 private:
  static constexpr std::size_t kAlign = 16;
  static constexpr std::uint32_t kUnknown = 0, kBusy = 1, kFirstRoom = 2;

  std::uint8_t* at(std::uint64_t room) const { return memory_.data() + room * record_; }

  /// Takes a copy, if there is room and no other thread is about to.
  void keep(std::atomic<std::uint32_t>& state, const Sample& sample) const {
    std::uint32_t expected = kUnknown;
    if (next_ >= rooms_ || !state.compare_exchange_strong(expected, kBusy)) return;
    const std::uint64_t room = next_++;
    if (room >= rooms_) {
      state = kUnknown;
      return;
    }
    for (std::size_t c = 0; c < offsets_.size(); ++c)
      std::memcpy(at(room) + offsets_[c], sample.data<std::uint8_t>(c), spec().columns[c].bytes());
    state.store(static_cast<std::uint32_t>(room) + kFirstRoom, std::memory_order_release);
    ++kept_;
  }

  std::vector<std::size_t> offsets_;  // of the columns in a record
  std::size_t record_ = 0;            // bytes of a sample
  std::uint64_t rooms_ = 0;
  mutable Bytes memory_;
  mutable std::vector<std::atomic<std::uint32_t>> states_;  // kFirstRoom + the room of a sample that is here
  mutable std::atomic<std::uint64_t> next_{0}, kept_{0};
};

}  // namespace

std::unique_ptr<Samples> cache_samples(std::unique_ptr<Samples> samples, std::uint64_t limit) {
  return std::make_unique<CachedSamples>(std::move(samples), limit);
}

}  // namespace cnnctl
