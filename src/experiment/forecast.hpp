// How much memory a run will take, told before it takes it.
#pragma once

#include <cstdint>
#include <functional>

#include "experiment/experiment.hpp"
#include "graph/program.hpp"

namespace cnnctl {

/// Bytes by what they are for.
struct MemoryForecast {
  std::uint64_t network = 0;  // parameters, statistics, and gradients where all are kept
  std::uint64_t optimizer = 0;
  std::uint64_t training = 0;   // the arena of the training program
  std::uint64_t inference = 0;  // what the one that validates, or infers, takes beyond that
  std::uint64_t samples = 0;    // decoded samples
  std::uint64_t fixed = 0;      // the program itself, its libraries and threads

  std::uint64_t total() const { return network + optimizer + training + inference + samples + fixed; }
};

/// Bytes of this many decoded samples, with their labels and places.
std::uint64_t sample_bytes(std::int64_t count, const Shape& sample);

/// Plans both programs for this batch size (their memory is reserved, not used) and adds up.
MemoryForecast forecast_training(Network& network, const Workers& workers, const Settings& settings, std::int64_t batch,
                                 std::uint64_t sample_bytes);
/// The same for inference alone.
MemoryForecast forecast_inference(Network& network, const Workers& workers, const Settings& settings,
                                  std::int64_t batch);

/// Throws MemoryError if `needed(batch_size)` is more than `available` bytes, naming the largest half, quarter ... of
/// the batch size that fits.
void require_memory(std::uint64_t available, std::int64_t batch_size,
                    const std::function<std::uint64_t(std::int64_t batch)>& needed);

}  // namespace cnnctl
