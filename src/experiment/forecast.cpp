#include "experiment/forecast.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace cnnctl {
namespace {

// Measured as the peak less all that is counted, for six networks with 1, 2 and 4 threads: 21.2 to 23.6 MiB. Half of it
// are the pages of the program and its libraries that are ever touched, half are the tables that LIBXSMM fills at once.
constexpr std::uint64_t kFixedBytes = std::uint64_t{22} << 20;
constexpr std::uint64_t kBytesPerWorker = std::uint64_t{256} << 10;  // stack in use

/// One number for each trained parameter.
std::uint64_t flat_bytes(const Network& network) {
  return static_cast<std::uint64_t>(network.flat_size()) * sizeof(real);
}

std::uint64_t statistics_bytes(const Network& network) {
  std::uint64_t numbers = 0;
  for (const NamedParameter& p : network.parameters())
    if (!p.parameter.trainable()) numbers += static_cast<std::uint64_t>(p.parameter.count());
  return numbers * sizeof(real);
}

std::uint64_t fixed_bytes(const Workers& workers) {
  return kFixedBytes + kBytesPerWorker * static_cast<std::uint64_t>(workers.count());
}

}  // namespace

std::uint64_t sample_bytes(std::int64_t count, const Shape& sample) {
  constexpr std::int64_t kLabel = 4, kPlaces = 3 * 4;  // in the split, in a loader, in an epoch's order
  return static_cast<std::uint64_t>(count * (sample.count() + kLabel + kPlaces));
}

MemoryForecast forecast_training(const Network& network, const Workers& workers, const Settings& settings,
                                 const TrainingPlans& plans, std::uint64_t sample_bytes) {
  MemoryForecast m;
  const std::uint64_t kept = settings.train.clip_grad_norm ? flat_bytes(network) : 0;  // gradients, else in the arena
  m.network = flat_bytes(network) + kept + statistics_bytes(network);
  m.optimizer = settings.optimizer->states().size() * flat_bytes(network);
  m.training = plans.training.bytes();
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

void require_memory(std::uint64_t available, std::int64_t batch_size,
                    const std::function<std::uint64_t(std::int64_t batch)>& needed) {
  const std::uint64_t bytes = needed(batch_size);
  if (bytes <= available) return;
  std::int64_t fitting = batch_size / 2;
  while (fitting > 0 && needed(fitting) > available) fitting /= 2;
  const std::string advice = fitting > 0 ? fmt::format("data.batch_size={} would fit", fitting)
                                         : std::string("not even a batch of 1 fits; make the network smaller");
  throw MemoryError(fmt::format("batch size {} needs {} of memory and {} are available; {}", batch_size,
                                human_bytes(bytes), human_bytes(available), advice));
}

}  // namespace cnnctl
