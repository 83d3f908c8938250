// Batches of a set, epoch by epoch: order, and which of them is filled when. What is in a batch is filler.hpp's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/workers.hpp"
#include "data/batch.hpp"
#include "data/filler.hpp"
#include "data/pipeline.hpp"
#include "data/samples.hpp"
#include "data/transform.hpp"

namespace cnnctl {

/// Whether a loader fills the next batch while the network works on one, which takes the memory of one more.
bool fills_ahead(const Samples& samples, bool augmented, const Workers& workers);

/// Delivers batches of a subset of samples. A batch is a pure function of (seed, epoch, position), whatever the number
/// of workers. Does not own the samples.
///
/// Where that is of use, the batch after the one delivered is filled meanwhile, by workers of its own: if samples come
/// from files, or if they are augmented and the network leaves processors idle. A mistake among them is thrown when
/// that batch is asked for.
class Loader {
 public:
  struct Options {
    std::int64_t batch_size = 32;
    bool shuffle = false;  // order by (seed, epoch)
    std::uint64_t seed = 0;
    std::vector<Choice<Transform>> augment;  // none for validation
    bool drop_last = false;                  // leave out the last batch of an epoch if it is short
  };
  /// `indices` are the samples to deliver, in this order unless shuffled. Starts at epoch 0.
  Loader(const Samples& samples, std::vector<std::uint32_t> indices, const Pipeline& pipeline, Options options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t size() const { return static_cast<std::int64_t>(indices_.size()); }
  std::int64_t batches() const {
    return options_.drop_last ? size() / options_.batch_size : pieces(size(), options_.batch_size);
  }
  /// Samples that an epoch delivers.
  std::int64_t delivered() const { return std::min(size(), batches() * options_.batch_size); }
  std::int64_t batch_size() const { return options_.batch_size; }
  /// What batches have.
  const SampleSpec& spec() const { return batch_.spec(); }

  /// Has the values of a column written to `memory`, a network's input with room for batch_size() samples, rather than
  /// to memory of the loader.
  void place(std::string_view column, real* memory) { batch_.place(column, memory); }

  /// Chooses the order of `epoch`.
  void begin_epoch(std::int64_t epoch);

  /// The samples of batch b of the current epoch; the last one may be short, unless such are dropped.
  std::span<const std::uint32_t> batch(std::int64_t b) const;

  /// Batch b of the current epoch, valid until the next call. Throws DataError of a sample that cannot be read.
  const Batch& fill(const Workers& workers, std::int64_t b);

 private:
  bool take_ahead(const Workers& workers, std::int64_t b);
  void begin_ahead(const Workers& workers, std::int64_t b);
  void drop_ahead();

  const Samples& samples_;
  std::vector<std::uint32_t> indices_, order_;
  Options options_;
  Pipeline pipeline_;
  Filler filler_;
  Batch batch_;
  std::int64_t epoch_ = 0;

  struct Next;  // the batch that is filled meanwhile
  std::unique_ptr<Next> next_;
};

}  // namespace cnnctl
