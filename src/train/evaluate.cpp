#include "train/evaluate.hpp"

#include <vector>

#include "base/interrupt.hpp"

namespace cnnctl {

std::optional<Metrics> evaluate(Program& program, const Workers& workers, const Loss& loss, Loader& loader,
                                BatchVisitor visit) {
  std::vector<double> per_sample(static_cast<std::size_t>(loader.batch_size()));
  Meter meter;
  program.refresh();
  loader.place(loader.spec().input, program.input().data);
  loader.begin_epoch(0);
  for (std::int64_t b = 0; b < loader.batches(); ++b) {
    if (Interrupt::requested() != 0) return std::nullopt;
    const Batch& batch = loader.fill(workers, b);
    const Target target = batch.target(loader.spec().target);
    const ConstView outputs = program.forward(batch.n());
    const std::span<double> losses(per_sample.data(), static_cast<std::size_t>(batch.n()));
    const double mean = loss.evaluate(workers, outputs, target, losses, {});
    meter.add(mean, loss.batch_weight(outputs, target), outputs, target.classes);
    visit(outputs, target.classes);
  }
  return meter.result();
}

std::optional<Metrics> evaluate(Program& program, const Workers& workers, const Loss& loss, Loader& loader) {
  const auto ignore = [](ConstView, std::span<const std::int32_t>) {};
  return evaluate(program, workers, loss, loader, ignore);
}

}  // namespace cnnctl
