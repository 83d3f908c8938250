#include "train/diagnose.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/nan.hpp"
#include "experiment/program_options.hpp"
#include "kernels/pointwise/reduce.hpp"

namespace cnnctl {
namespace {

constexpr std::size_t kSamplesShown = 8;

/// The first layer whose output on this batch is not finite, or empty. Runs in inference mode with every output kept:
/// what training mode alone makes infinite (a batch's own statistics) is not found.
std::string first_bad_layer(ConstView input, Network& network, const Workers& workers, const Settings& settings) {
  ProgramOptions options = program_options(settings, Mode::infer, input.n);
  options.keep_all = true;
  options.fuse = false;
  Program program(network, workers, options);
  program.refresh();
  std::copy_n(input.data, input.count(), program.input().data);
  program.forward(input.n);
  for (const LayerInfo& layer : network.layers()) {
    const ConstView output = program.value(layer.name);
    if (kernels::first_nonfinite(workers, input.n * layer.output.count(), output.data) >= 0) return layer.name;
  }
  return {};
}

std::string origin(const Divergence& d, Network& network, const Workers& workers, const Settings& settings) {
  if (const std::string parameter = network.first_nonfinite(); !parameter.empty())
    return fmt::format("'{}' is the first parameter that is not finite", parameter);
  if (const std::string layer = first_bad_layer(d.input, network, workers, settings); !layer.empty())
    return fmt::format("layer '{}' is the first whose output is not finite", layer);
  return "all parameters are finite, the loss itself is not";
}

}  // namespace

std::string describe_divergence(const Divergence& d, Network& network, const Workers& workers,
                                const Settings& settings) {
  const std::size_t shown = std::min(d.samples.size(), kSamplesShown);
  const std::string what =
      std::isfinite(d.loss) ? "a weight is not finite" : fmt::format("the loss is {}", unsigned_nan(d.loss));
  return fmt::format(
      "training diverged: {} at epoch {}, step {} (learning rate {:.6g}); {}; samples {}{}; try a smaller "
      "optimizer.lr, warm-up, or train.clip_grad_norm",
      what, d.epoch, d.step, d.lr, origin(d, network, workers, settings), fmt::join(d.samples.first(shown), ", "),
      d.samples.size() > shown ? " ..." : "");
}

}  // namespace cnnctl
