// How much memory a run will take, told before it takes it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

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

/// Bytes of the decoded samples of a split, with their labels and places; 0 where nothing is known of it.
std::uint64_t sample_bytes(const std::optional<Outline>& split);

/// Of a training with these programs.
MemoryForecast forecast_training(const Network& network, const Workers& workers, const Settings& settings,
                                 const TrainingPlans& plans, std::uint64_t sample_bytes);
/// Of inference alone.
MemoryForecast forecast_inference(const Network& network, const Workers& workers, const ProgramPlan& plan);

/// What needs most of the memory that a program and its samples take, for the end of a message: "layer 'fc1' (linear)
/// needs most of it, 2.00 GiB", counting its parameters with what an optimizer keeps of them, its output and its
/// gradient, and its scratch; or "the samples need most of it, 3.00 GiB".
std::string largest_need(const Network& network, const Settings& settings, const ProgramPlan& plan,
                         std::uint64_t sample_bytes);

/// Throws MemoryError if `needed(batch_size)` is more than `available` bytes, naming the largest half, quarter ... of
/// the batch size that fits, and what `most()` says.
void require_memory(std::uint64_t available, std::int64_t batch_size,
                    const std::function<std::uint64_t(std::int64_t batch)>& needed,
                    const std::function<std::string()>& most);

/// What `plan` makes for the batch size, if it takes no more than `available` of `bytes`; else throws as above, with
/// what `most` says of it.
template <class Plan, class ByteCount, class Most>
auto plan_within(std::uint64_t available, std::int64_t batch_size, const Plan& plan, const ByteCount& bytes,
                 const Most& most) {
  auto planned = plan(batch_size);
  require_memory(
      available, batch_size,
      [&](std::int64_t batch) { return batch == batch_size ? bytes(planned) : bytes(plan(batch)); },
      [&] { return most(planned); });
  return planned;
}

}  // namespace cnnctl
