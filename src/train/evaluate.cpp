#include "train/evaluate.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/nan.hpp"

namespace cnnctl {

void place_inputs(Loader& loader, Program& program) {
  const std::span<const ModelInput> inputs = program.inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    loader.place(inputs.size() == 1 ? loader.spec().input : inputs[i].name, program.input(i).data);
}

std::optional<Results> evaluate(Program& program, const Workers& workers, Objective& objective, Meter& meter,
                                Loader& loader, BatchVisitor visit) {
  std::vector<Output> outputs(program.outputs().size());
  meter.reset();
  program.refresh();
  place_inputs(loader, program);
  loader.begin_epoch(0);
  for (std::int64_t b = 0; b < loader.batches(); ++b) {
    if (Interrupt::requested() != 0) return std::nullopt;
    const Batch& batch = loader.fill(workers, b);
    program.forward(batch.n());
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = {program.outputs()[i], nullptr};
    meter.add(objective.evaluate(workers, outputs, batch), outputs, batch);
    visit(outputs, batch);
  }
  return meter.results();
}

std::optional<Results> evaluate(Program& program, const Workers& workers, Objective& objective, Meter& meter,
                                Loader& loader) {
  return evaluate(program, workers, objective, meter, loader, [](std::span<const Output>, const Targets&) {});
}

void require_finite(const Results& results, std::string_view samples) {
  for (const Number& number : results.numbers) {
    const bool is_loss = &number == &results.numbers.front();
    if (is_loss ? std::isfinite(number.value) : !std::isnan(number.value)) continue;
    throw TrainingError(
        fmt::format("the {} of the {} samples is {}: the network's outputs for them are not finite, or far from what "
                    "they should be",
                    number.label, samples, unsigned_nan(number.value)));
  }
}

}  // namespace cnnctl
