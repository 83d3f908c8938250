// Channels of a sample as a whole: scaled, summed up over positions, put into another order.
#pragma once

#include <cstdint>

#include "base/workers.hpp"
#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// y[s][p][c] = (or +=) x[s][p][c] * factors[s][c], for x and y (samples, positions, channels); y may be x.
void scale_channels(const Workers& workers, std::int64_t samples, std::int64_t positions, std::int64_t channels,
                    const real* x, const real* factors, real* y, bool accumulate);

/// y[s][c] = (or +=) the sum over positions, in their order, of a[s][p][c] * b[s][p][c].
void channel_dots(const Workers& workers, std::int64_t samples, std::int64_t positions, std::int64_t channels,
                  const real* a, const real* b, real* y, bool accumulate);

/// Channels as `groups` lines, read column by column: y[r][j * groups + i] = (or +=) x[r][i * (channels / groups) + j],
/// for x and y (rows, channels), which differ. With `back` the reverse.
void shuffle_channels(const Workers& workers, std::int64_t rows, std::int64_t channels, std::int64_t groups, bool back,
                      const real* x, real* y, bool accumulate);

/// y = (or +=) factor * x + shift; y may be x.
void scale(const Workers& workers, std::int64_t count, real factor, real shift, const real* x, real* y,
           bool accumulate);

}  // namespace cnnctl::kernels
