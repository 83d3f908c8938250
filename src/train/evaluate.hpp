// Loss and accuracy of a network over samples, in inference mode.
#pragma once

#include <optional>
#include <span>

#include "base/workers.hpp"
#include "data/loader.hpp"
#include "graph/program.hpp"
#include "losses/loss.hpp"
#include "metrics/metrics.hpp"

namespace cnnctl {

/// Is shown each batch: raw outputs (n, F) and labels (n).
using BatchVisitor = FunctionRef<void(ConstView outputs, std::span<const std::int32_t> labels)>;

/// Runs every batch of `loader` in its order through `program` (inference mode, at least the loader's batch size).
/// Returns nothing if a signal asked to stop (base/interrupt.hpp) before the end.
std::optional<Metrics> evaluate(Program& program, const Workers& workers, const Loss& loss, Loader& loader,
                                BatchVisitor visit);
std::optional<Metrics> evaluate(Program& program, const Workers& workers, const Loss& loss, Loader& loader);

}  // namespace cnnctl
