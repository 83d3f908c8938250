#include "layers/batch_norm_fold.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace cnnctl {
namespace {

constexpr std::int64_t kBlock = 16 * 1024;  // weights that a worker folds at a time

std::size_t position(const std::vector<Parameter>& parameters, std::string_view name) {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == name; });
  CNNCTL_CHECK(found != parameters.end());
  return static_cast<std::size_t>(found - parameters.begin());
}

}  // namespace

BatchNormFold::BatchNormFold(const Fused& norm, std::size_t own)
    : eps_(norm.traits.batch_norm->eps),
      weight_(own + position(norm.parameters, "weight")),
      bias_(own + position(norm.parameters, "bias")),
      mean_(own + position(norm.parameters, "running_mean")),
      var_(own + position(norm.parameters, "running_var")) {}

void BatchNormFold::run(const Workers& workers, const kernels::ConvGeometry& g, std::span<real* const> parameters,
                        const real* own_bias, real* scale, real* weights, real* bias) const {
  for (std::int64_t k = 0; k < g.k; ++k) {
    scale[k] = parameters[weight_][k] / std::sqrt(parameters[var_][k] + static_cast<real>(eps_));
    const real shift = own_bias != nullptr ? own_bias[k] : real{0};
    bias[k] = parameters[bias_][k] + (shift - parameters[mean_][k]) * scale[k];
  }
  // Output channels are the fastest dimension within a group, and the only one of depthwise weights.
  const std::int64_t columns = g.depthwise() ? g.k : g.group_k();
  const std::int64_t rows = g.weight_count() / columns, group_rows = g.weight_count() / g.k;
  const std::int64_t block = std::max<std::int64_t>(1, kBlock / columns);  // of rows
  workers.run(pieces(rows, block), [&](std::int64_t i, int) {
    for (std::int64_t row = i * block; row < std::min(rows, (i + 1) * block); ++row) {
      const real* own = scale + row / group_rows * columns;
      const real* from = parameters[0] + row * columns;
      real* to = weights + row * columns;
      for (std::int64_t k = 0; k < columns; ++k) to[k] = from[k] * own[k];
    }
  });
}

}  // namespace cnnctl
