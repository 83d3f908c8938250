#include "data/loader.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/processors.hpp"
#include "base/rng.hpp"
#include "data/ahead.hpp"

namespace cnnctl {
namespace {

/// Processors that the network's workers leave to others.
int idle_processors(const Workers& workers) {
  static const int available = available_processors();  // asks the system
  return std::max(0, available - workers.count());
}

}  // namespace

struct Loader::Next {
  Next(Filler f, Batch b, int workers) : filler(std::move(f)), batch(std::move(b)), thread(workers) {}

  Filler filler;
  Batch batch;
  std::int64_t number = -1;  // of the batch in hand; -1: none
  Ahead thread;              // the last member: it ends before what it works on
};

bool fills_ahead(const Samples& samples, bool augmented, const Workers& workers) {
  return !samples.in_memory() || (augmented && idle_processors(workers) > 0);
}

Loader::Loader(const Samples& samples, std::vector<std::uint32_t> indices, const Pipeline& pipeline, Options options)
    : samples_(samples),
      indices_(std::move(indices)),
      options_(std::move(options)),
      pipeline_(pipeline),
      filler_(samples, pipeline_, options_.augment, options_.seed),
      batch_(batch_spec(samples.spec(), pipeline_), options_.batch_size) {
  CNNCTL_CHECK(options_.batch_size >= 1);
  begin_epoch(0);
}

Loader::~Loader() = default;

void Loader::begin_epoch(std::int64_t epoch) {
  drop_ahead();
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

const Batch& Loader::fill(const Workers& workers, std::int64_t b) {
  if (!take_ahead(workers, b)) filler_.fill(workers, epoch_, batch(b), batch_, b);
  begin_ahead(workers, b + 1);
  return batch_;
}

bool Loader::take_ahead(const Workers& workers, std::int64_t b) {
  if (!next_ || next_->number != b) {
    drop_ahead();
    return false;
  }
  next_->number = -1;
  next_->thread.finish();
  batch_.take(workers, next_->batch);
  return true;
}

void Loader::begin_ahead(const Workers& workers, std::int64_t b) {
  if (b >= batches()) return;
  if (!fills_ahead(samples_, !options_.augment.empty(), workers)) return;
  const int helpers = samples_.in_memory() ? idle_processors(workers) : workers.count();
  if (!next_)
    next_ = std::make_unique<Next>(Filler(samples_, pipeline_, options_.augment, options_.seed),
                                   Batch(spec(), options_.batch_size), helpers);
  next_->number = b;
  next_->thread.start(
      [this, b](const Workers& others) { next_->filler.fill(others, epoch_, batch(b), next_->batch, b); });
}

/// Waits for a batch that nobody wants any more, whatever was wrong with it.
void Loader::drop_ahead() {
  if (!next_ || next_->number < 0) return;
  next_->number = -1;
  try {
    next_->thread.finish();
  } catch (const std::exception&) {
  }
}

}  // namespace cnnctl
