// The learning rate over a training, as a chart.
#pragma once

#include "experiment/experiment.hpp"
#include "plot/chart.hpp"

namespace cnnctl::cli {

/// Of each step, or of 2,000 of them that are spread evenly. What is not known before a training is told on stderr.
plot::Chart schedule_chart(const Experiment& experiment);

}  // namespace cnnctl::cli
