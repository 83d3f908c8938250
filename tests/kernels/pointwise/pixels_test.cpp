#include "kernels/pointwise/pixels.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "kernels/everywhere.hpp"

using cnnctl::testing::everywhere;
using cnnctl::testing::Numbers;

namespace cnnctl::kernels {
namespace {

std::vector<std::uint8_t> bytes(std::int64_t count) {
  std::vector<std::uint8_t> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * i + 3 * i + 255);
  return values;
}

}  // namespace

TEST_SUITE("kernels") {
  TEST_CASE("normalise: each channel by its own scale and shift, bytes and floats alike, everywhere the same bits") {
    for (const std::int64_t channels : {1, 3, 5}) {
      for (const std::int64_t count : {1, 15, 16, 47, 48, 784, 3 * 1024 + 1}) {
        CAPTURE(channels);
        CAPTURE(count);
        const std::int64_t period = channels * kPixelRepeats;
        Numbers scale, shift, want;
        for (std::int64_t i = 0; i < period; ++i) {
          scale.push_back(real{1} / static_cast<real>(255 + i % channels));
          shift.push_back(-real{0.3} - static_cast<real>(i % channels));
        }
        const std::vector<std::uint8_t> pixels = bytes(count);
        const std::vector<float> floats(pixels.begin(), pixels.end());
        for (std::size_t i = 0; i < pixels.size(); ++i) {
          const auto c = i % static_cast<std::size_t>(channels);
          want.push_back(static_cast<real>(pixels[i]) * scale[c] + shift[c]);
        }
        everywhere(
            [&](const Workers&) {
              Numbers x(pixels.size()), y(pixels.size());
              normalise(count, pixels.data(), period, scale.data(), shift.data(), x.data());
              normalise(count, floats.data(), period, scale.data(), shift.data(), y.data());
              CHECK(testing::same_bits(x, y));
              std::vector<float> widened(pixels.size());
              to_floats(count, pixels.data(), widened.data());
              CHECK(widened == floats);
              return x;
            },
            [&](const Numbers& x) { CHECK(testing::same_bits(x, want)); });
      }
    }
  }

  TEST_CASE("add_pixels: sums and squares of each position, added to what was there") {
    for (const std::int64_t count : {1, 16, 47, 48, 49, 10'000}) {
      CAPTURE(count);
      constexpr std::int64_t kPeriod = 48;
      const std::vector<std::uint8_t> pixels = bytes(count);
      std::vector<std::uint32_t> want_sums(kPeriod, 1), want_squares(kPeriod, 2);
      for (std::size_t i = 0; i < pixels.size(); ++i) {
        want_sums[i % kPeriod] += pixels[i];
        want_squares[i % kPeriod] += std::uint32_t{pixels[i]} * pixels[i];
      }
      for (const int bits : {128, 256, testing::vector_bits()}) {
        limit_vector_bits(bits);
        std::vector<std::uint32_t> sums(kPeriod, 1), squares(kPeriod, 2);
        add_pixels(count, pixels.data(), kPeriod, sums.data(), squares.data());
        CHECK(sums == want_sums);
        CHECK(squares == want_squares);
      }
    }
  }
}
}  // namespace cnnctl::kernels
