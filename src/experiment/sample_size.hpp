// The size of a sample is said once: of data.size and model.input one follows from the other.
#pragma once

#include "experiment/experiment.hpp"

namespace cnnctl {

/// Sets the one that is left out, in `settings`: model.input is the shape that samples have when they reach the
/// network, as the configuration or a header of the data tells it; data.size, of pictures of any size, is what
/// model.input says. Where both are said and contradict each other, that is reported with both lines. `root` is the
/// file, for its places. `input_is_default`: model.input came with a network of the zoo, and yields to what the data
/// say.
void settle_sample_size(const Node& root, Settings& settings, bool input_is_default, Diagnostics& diagnostics);

}  // namespace cnnctl
