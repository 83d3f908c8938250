// Bytes of pictures: made into numbers, and summed up. The caller cuts the work.
#pragma once

#include <cstdint>

#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Values that belong to channels stand this often in a row, so that a register may be loaded from any channel.
constexpr std::int64_t kPixelRepeats = 16;

/// x[i] = pixels[i] * scale[i % period] + shift[i % period] for i below `count`, rounded after each operation. `period`
/// is a multiple of kPixelRepeats. Bytes and floats of the same value give the same bits.
void normalise(std::int64_t count, const std::uint8_t* pixels, std::int64_t period, const real* scale,
               const real* shift, real* x);
void normalise(std::int64_t count, const float* pixels, std::int64_t period, const real* scale, const real* shift,
               real* x);

/// floats[i] = pixels[i] for i below `count`.
void to_floats(std::int64_t count, const std::uint8_t* pixels, float* floats);

/// sums[i % period] += pixels[i] and squares[i % period] += pixels[i]^2 for i below `count`: exact, as long as no more
/// than 66,051 bytes have been added to any of them.
void add_pixels(std::int64_t count, const std::uint8_t* pixels, std::int64_t period, std::uint32_t* sums,
                std::uint32_t* squares);

}  // namespace cnnctl::kernels
