#include "kernels/norm/local_response_norm.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/simd/cut.hpp"

namespace cnnctl::kernels {
namespace {

/// The channels from `c - before` to `c + behind` that there are.
struct Neighbours {
  std::int64_t first, end;
  Neighbours(std::int64_t c, std::int64_t before, std::int64_t behind, std::int64_t channels)
      : first(std::max<std::int64_t>(0, c - before)), end(std::min(channels, c + behind + 1)) {}
};

real divisor(const ResponseNorm& norm, std::int64_t c, std::int64_t channels, const real* x) {
  const Neighbours near(c, norm.size / 2, (norm.size - 1) / 2, channels);
  real sum = 0;
  for (std::int64_t j = near.first; j < near.end; ++j) sum += x[j] * x[j];
  return static_cast<real>(norm.k) + static_cast<real>(norm.alpha / static_cast<double>(norm.size)) * sum;
}

}  // namespace

void local_response_norm(const Workers& workers, const ResponseNorm& norm, std::int64_t rows, std::int64_t channels,
                         const real* x, real* y) {
  const auto power = static_cast<real>(-norm.beta);
  for_rows(workers, rows, channels, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t at = first * channels; at < (first + count) * channels; at += channels)
      for (std::int64_t c = 0; c < channels; ++c)
        y[at + c] = x[at + c] * std::pow(divisor(norm, c, channels, x + at), power);
  });
}

void local_response_norm_grad(const Workers& workers, const ResponseNorm& norm, std::int64_t rows,
                              std::int64_t channels, const real* x, const real* dy, real* dx, bool accumulate,
                              std::byte* scratch, std::size_t worker_bytes) {
  const auto power = static_cast<real>(-norm.beta);
  const auto factor = static_cast<real>(-2 * norm.alpha * norm.beta / static_cast<double>(norm.size));
  const std::int64_t step = rows_per_task(channels);
  workers.run(pieces(rows, step), [&](std::int64_t task, int worker) {
    auto* own = reinterpret_cast<real*>(scratch + static_cast<std::size_t>(worker) * worker_bytes);
    real* through = own + channels;  // what reaches x[j] by way of the divisors that it is in, before it is scaled
    for (std::int64_t row = task * step; row < std::min(rows, (task + 1) * step); ++row) {
      const std::int64_t at = row * channels;
      for (std::int64_t c = 0; c < channels; ++c) {
        const real d = divisor(norm, c, channels, x + at), scale = std::pow(d, power);
        own[c] = dy[at + c] * scale;
        through[c] = own[c] * x[at + c] / d;
      }
      for (std::int64_t j = 0; j < channels; ++j) {
        // c sees j if j is in c's window: the window turned around.
        const Neighbours near(j, (norm.size - 1) / 2, norm.size / 2, channels);
        real sum = 0;
        for (std::int64_t c = near.first; c < near.end; ++c) sum += through[c];
        const real value = own[j] + factor * x[at + j] * sum;
        dx[at + j] = accumulate ? dx[at + j] + value : value;
      }
    }
  });
}

}  // namespace cnnctl::kernels
