#include "experiment/forecast.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/fresh.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"

namespace cnnctl {
namespace {

// Measured as the peak less all that is counted, for twenty configurations, fresh and resumed: 3.5 to 8.5 MiB beyond
// the pages of the program and its libraries that are there at the start. Half of it are more pages of the program, the
// rest what is allocated in small.
constexpr std::uint64_t kFixedBytes = std::uint64_t{13} << 19;
constexpr std::uint64_t kBytesPerWorker = std::uint64_t{256} << 10;  // stack in use

/// One number for each trained parameter.
std::uint64_t flat_bytes(const Network& network) {
  return static_cast<std::uint64_t>(network.flat_size()) * sizeof(real);
}

/// The same for those that are trained alone: the pages of a flat array that nobody writes are never there.
std::uint64_t trained_bytes(const Network& network) {
  std::int64_t numbers = 0;
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    if (!network.parameters()[i].parameter.trainable() || !network.parameters()[i].trained) continue;
    const FlatRange range = network.flat_range(i);
    numbers += range.end - range.begin;
  }
  return static_cast<std::uint64_t>(numbers) * sizeof(real);
}

std::uint64_t statistics_bytes(const Network& network) {
  std::uint64_t numbers = 0;
  for (const NamedParameter& p : network.parameters())
    if (!p.parameter.trainable()) numbers += static_cast<std::uint64_t>(p.parameter.count());
  return numbers * sizeof(real);
}

/// Where several terms look at one output, the second one's gradient is added from memory of its own.
std::uint64_t second_gradient_bytes(const Network& network, const Settings& settings, std::int64_t batch) {
  if (settings.objective.size() <= network.outputs().size()) return 0;
  std::int64_t most = 0;
  for (std::size_t i = 0; i < network.outputs().size(); ++i)
    most = std::max(most, network.output_layer(i).output.count());
  return static_cast<std::uint64_t>(batch * most) * sizeof(real);
}

std::uint64_t fixed_bytes(const Workers& workers) {
  constexpr std::uint64_t kStep = std::uint64_t{256} << 10;  // which pages are there differs a little between starts
  const std::uint64_t program = (program_memory() + kStep - 1) / kStep * kStep;
  return program + kFixedBytes + kBytesPerWorker * static_cast<std::uint64_t>(workers.count());
}

/// What would not be there without an operation.
std::uint64_t operation_bytes(const Network& network, const Settings& settings, const ProgramPlan& plan,
                              const Operation& operation) {
  const bool trains = plan.options.mode == Mode::train, backward = trains && plan.operations.has_backward(operation);
  const std::uint64_t copies = backward && operation.trained ? 2 + settings.optimizer->states().size() : 1;
  std::uint64_t numbers = 0;
  for (const std::size_t i : operation.parameters)
    numbers += copies * static_cast<std::uint64_t>(network.parameters()[i].parameter.count());
  if (!plan.stages.local[operation.output]) {  // what is local to a chain stands in a worker's small memory
    const std::uint64_t values = backward ? 2 : 1;
    const std::int64_t count = plan.operations.values[operation.output].shape.count();
    numbers += values * static_cast<std::uint64_t>(plan.options.batch * count);
  }
  const ByteCounts& bytes = operation.plan.bytes;
  return numbers * sizeof(real) + bytes.saved + bytes.prepared + bytes.scratch +
         bytes.worker_scratch * static_cast<std::uint64_t>(plan.workers) +
         (backward ? bytes.prepared_backward + bytes.parameter_scratch : 0);
}

}  // namespace

std::uint64_t sample_bytes(const std::optional<Outline>& split) {
  if (!split) return 0;
  constexpr std::int64_t kLabel = 4, kPlaces = 3 * 4;  // in the split, in a loader, in an epoch's order
  constexpr std::int64_t kMark = 8;                    // of its contents
  return block_bytes(split->bytes()) + static_cast<std::uint64_t>(split->count * (kLabel + kPlaces + kMark));
}

MemoryForecast forecast_training(const Network& network, const Workers& workers, const Settings& settings,
                                 const TrainingPlans& plans, std::uint64_t sample_bytes) {
  MemoryForecast m;
  const bool keeps = settings.train.clip_grad_norm || settings.train.accumulate > 1;
  const std::uint64_t kept = keeps ? trained_bytes(network) : 0;  // gradients, else in the arena
  m.network = flat_bytes(network) + kept + statistics_bytes(network);
  m.optimizer = settings.optimizer->states().size() * trained_bytes(network);
  if (settings.train.averages()) m.optimizer += flat_bytes(network) + statistics_bytes(network);
  m.training = plans.training.bytes() + second_gradient_bytes(network, settings, plans.training.options.batch);
  m.inference = plans.bytes() - plans.training.bytes();
  m.samples = sample_bytes;
  m.fixed = fixed_bytes(workers);
  return m;
}

MemoryForecast forecast_inference(const Network& network, const Workers& workers, const ProgramPlan& plan) {
  MemoryForecast m;
  m.network = flat_bytes(network) + statistics_bytes(network);
  m.inference = plan.bytes();
  m.fixed = fixed_bytes(workers);
  return m;
}

std::string largest_need(const Network& network, const Settings& settings, const ProgramPlan& plan,
                         std::uint64_t sample_bytes) {
  const Operation* largest = nullptr;
  std::uint64_t most = 0;
  for (const Operation& operation : plan.operations.list) {
    const std::uint64_t bytes = operation_bytes(network, settings, plan, operation);
    if (largest != nullptr && bytes <= most) continue;
    largest = &operation;
    most = bytes;
  }
  if (largest == nullptr || sample_bytes > most)
    return fmt::format("the samples need most of it, {}", human_bytes(sample_bytes));
  return fmt::format("layer '{}' ({}) needs most of it, {}", largest->name, largest->types.front(), human_bytes(most));
}

void require_memory(std::uint64_t available, std::int64_t batch_size,
                    const std::function<std::uint64_t(std::int64_t batch)>& needed,
                    const std::function<std::string()>& most) {
  const std::uint64_t bytes = needed(batch_size);
  if (bytes <= available) return;
  std::int64_t fitting = batch_size / 2;
  while (fitting > 0 && needed(fitting) > available) fitting /= 2;
  const std::string advice = fitting > 0
                                 ? fmt::format("data.batch_size={} would fit", fitting)
                                 : std::string("not even a batch of 1 fits; make the network or the set smaller");
  throw MemoryError(fmt::format("batch size {} needs {} of memory and {} are available; {}; {}", batch_size,
                                human_bytes(bytes), human_bytes(available), most(), advice));
}

}  // namespace cnnctl
