#include "train/statistics.hpp"

#include <algorithm>
#include <vector>

#include "base/interrupt.hpp"

namespace cnnctl {
namespace {

/// One running mean or variance, and what was added up of its batches.
struct Statistic {
  std::span<real> values;
  double momentum;  // weight of a batch in it
  std::vector<double> sum = {};
};

std::vector<Statistic> trained_statistics(const Network& network) {
  std::vector<Statistic> found;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto norm = network.spec().layers[l].layer->traits().batch_norm;
    if (!norm || norm->momentum == 0) continue;
    for (const std::size_t p : network.layers()[l].parameters) {
      const NamedParameter& parameter = network.parameters()[p];
      if (parameter.parameter.trainable() || !parameter.trained) continue;
      const auto count = static_cast<std::size_t>(parameter.parameter.count());
      found.push_back({{parameter.values, count}, norm->momentum, std::vector<double>(count)});
    }
  }
  return found;
}

}  // namespace

bool measure_statistics(TrainingSteps& steps, Network& network, const TrainingProgress& progress) {
  std::vector<Statistic> statistics = trained_statistics(network);
  if (statistics.empty()) return true;
  TrainingProgress at = progress;
  steps.begin_epoch(at.epoch);
  for (at.step_in_epoch = 0; at.step_in_epoch < steps.batches(); ++at.step_in_epoch) {
    if (Interrupt::requested() != 0) return false;
    for (Statistic& s : statistics) std::ranges::fill(s.values, real{0});  // then a batch leaves momentum * its own
    steps.forward(at);
    for (Statistic& s : statistics)
      for (std::size_t i = 0; i < s.sum.size(); ++i) s.sum[i] += static_cast<double>(s.values[i]);
  }
  for (Statistic& s : statistics)
    for (std::size_t i = 0; i < s.sum.size(); ++i)
      s.values[i] = static_cast<real>(s.sum[i] / (s.momentum * static_cast<double>(steps.batches())));
  return true;
}

}  // namespace cnnctl
