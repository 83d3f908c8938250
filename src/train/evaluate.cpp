#include "train/evaluate.hpp"

#include <vector>

#include "base/interrupt.hpp"

namespace cnnctl {

std::optional<Metrics> evaluate(Program& program, const Workers& workers, const Loss& loss, Loader& loader,
                                BatchVisitor visit) {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(loader.batch_size()));
  std::vector<double> per_sample(labels.size());
  Meter meter;
  program.refresh();
  loader.begin_epoch(0);
  for (std::int64_t b = 0; b < loader.batches(); ++b) {
    if (Interrupt::requested() != 0) return std::nullopt;
    const std::size_t n = loader.batch(b).size();
    loader.fill(workers, b, program.input().data, labels.data());
    const ConstView outputs = program.forward(static_cast<std::int64_t>(n));
    const std::span<const std::int32_t> batch_labels(labels.data(), n);
    const Target target{batch_labels, {}, {}};
    const double mean = loss.evaluate(workers, outputs, target, {per_sample.data(), n}, {});
    meter.add(mean, loss.batch_weight(outputs, target), outputs, batch_labels);
    visit(outputs, batch_labels);
  }
  return meter.result();
}

std::optional<Metrics> evaluate(Program& program, const Workers& workers, const Loss& loss, Loader& loader) {
  const auto ignore = [](ConstView, std::span<const std::int32_t>) {};
  return evaluate(program, workers, loss, loader, ignore);
}

}  // namespace cnnctl
