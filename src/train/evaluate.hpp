// How good a network is over samples, in inference mode.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/workers.hpp"
#include "data/loader.hpp"
#include "graph/program.hpp"
#include "metrics/meter.hpp"

namespace cnnctl {

/// Is shown each batch: the network's outputs, and what they should have been.
using BatchVisitor = FunctionRef<void(std::span<const Output> outputs, const Targets& targets)>;

/// Lets the loader write its batches where the program reads them: the samples' own input into the only one of the
/// network, or each of several from the column of its name.
void place_inputs(Loader& loader, Program& program);

/// Runs every batch of `loader` in its order through `program` (inference mode, at least the loader's batch size), and
/// measures with `meter`, which is reset first and whose objective is `objective`. Returns nothing if a signal asked to
/// stop (base/interrupt.hpp) before the end.
std::optional<Results> evaluate(Program& program, const Workers& workers, Objective& objective, Meter& meter,
                                Loader& loader, BatchVisitor visit);
std::optional<Results> evaluate(Program& program, const Workers& workers, Objective& objective, Meter& meter,
                                Loader& loader);

/// Throws TrainingError if the loss is not finite or another number is NaN: "the loss of the test samples is nan ...".
void require_finite(const Results& results, std::string_view samples);

}  // namespace cnnctl
