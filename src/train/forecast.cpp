#include "train/forecast.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace cnnctl {
namespace {

constexpr std::uint64_t kFixedBytes = std::uint64_t{24} << 20;     // measured: binary, libraries, heap
constexpr std::uint64_t kBytesPerWorker = std::uint64_t{2} << 20;  // stack in use and packing buffers of the products

std::uint64_t network_bytes(const Network& network) {
  std::uint64_t numbers = 2 * static_cast<std::uint64_t>(network.flat_size());  // values and gradients
  for (const NamedParameter& p : network.parameters())
    if (!p.parameter.trainable()) numbers += static_cast<std::uint64_t>(p.parameter.count());
  return numbers * sizeof(real);
}

std::uint64_t fixed_bytes(const Workers& workers) {
  return kFixedBytes + kBytesPerWorker * static_cast<std::uint64_t>(workers.count());
}

}  // namespace

ProgramOptions program_options(const Settings& settings, Mode mode, std::int64_t batch) {
  ProgramOptions options;
  options.mode = mode;
  options.batch = batch;
  options.fuse = settings.runtime.fuse;
  options.winograd = settings.runtime.winograd;
  return options;
}

MemoryForecast forecast_training(Network& network, const Workers& workers, const Settings& settings, std::int64_t batch,
                                 std::uint64_t sample_bytes) {
  MemoryForecast m;
  m.network = network_bytes(network);
  m.optimizer = settings.optimizer->states().size() * static_cast<std::uint64_t>(network.flat_size()) * sizeof(real);
  m.training = Program::arena_bytes(network, workers, program_options(settings, Mode::train, batch));
  if (settings.data.validation > 0)
    m.inference = Program::arena_bytes(network, workers, program_options(settings, Mode::infer, batch));
  m.samples = sample_bytes;
  m.fixed = fixed_bytes(workers);
  return m;
}

MemoryForecast forecast_inference(Network& network, const Workers& workers, const Settings& settings,
                                  std::int64_t batch) {
  MemoryForecast m;
  m.network = network_bytes(network) / 2;  // gradients are never touched
  m.inference = Program::arena_bytes(network, workers, program_options(settings, Mode::infer, batch));
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
