// How much memory a run will take, told before it takes it.
#pragma once

#include <cstdint>
#include <functional>

#include "experiment/experiment.hpp"
#include "experiment/program_options.hpp"

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

/// Of a training with these programs.
MemoryForecast forecast_training(const Network& network, const Workers& workers, const Settings& settings,
                                 const TrainingPlans& plans, std::uint64_t sample_bytes);
/// Of inference alone.
MemoryForecast forecast_inference(const Network& network, const Workers& workers, const ProgramPlan& plan);

/// Throws MemoryError if `needed(batch_size)` is more than `available` bytes, naming the largest half, quarter ... of
/// the batch size that fits.
void require_memory(std::uint64_t available, std::int64_t batch_size,
                    const std::function<std::uint64_t(std::int64_t batch)>& needed);

/// What `plan` makes for the batch size, if it takes no more than `available` of `bytes`; else throws as above.
template <class Plan, class ByteCount>
auto plan_within(std::uint64_t available, std::int64_t batch_size, const Plan& plan, const ByteCount& bytes) {
  auto planned = plan(batch_size);
  require_memory(available, batch_size,
                 [&](std::int64_t batch) { return batch == batch_size ? bytes(planned) : bytes(plan(batch)); });
  return planned;
}

}  // namespace cnnctl
