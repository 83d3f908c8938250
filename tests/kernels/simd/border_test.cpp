// Kernels that end in part of a register write their own values and nothing beside them, on every instruction set.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "base/workers.hpp"
#include "bordered.hpp"
#include "kernels/pointwise/activation.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "kernels/pool/pool.hpp"
#include "numbers.hpp"
#include "vector_bits.hpp"

namespace cnnctl::kernels {

using cnnctl::testing::Bordered;
using cnnctl::testing::Numbers;
using cnnctl::testing::random_numbers;

namespace {

/// Calls body(count) for sizes around registers of 2 to 16 numbers, for each length of registers.
void for_sizes(const std::function<void(std::int64_t)>& body) {
  for (const int bits : {0, 256, 128}) {
    limit_vector_bits(bits);
    INFO(bits, "-bit registers (0: the machine's)");
    for (const std::int64_t count : {1, 2, 3, 5, 7, 9, 11, 15, 17, 31, 33, 100}) {
      CAPTURE(count);
      body(count);
    }
  }
  limit_vector_bits(cnnctl::testing::vector_bits());
}

}  // namespace

TEST_SUITE("kernels") {
  TEST_CASE("passes over memory write nothing beyond their last value") {
    const Workers one(1);
    for_sizes([&](std::int64_t count) {
      const auto size = static_cast<std::size_t>(count);
      const Numbers x = random_numbers(count, 1);
      const Bordered y(size, 0), sum(size, 0), dx(size, 0);
      activate(one, {Activation::Type::relu, 0}, count, x.data(), y.data());
      copy(one, count, x.data(), sum.data(), true);
      activate_grad(one, {Activation::Type::relu, 0}, count, y.data(), x.data(), dx.data(), true);
      for (std::size_t i = 0; i < size; ++i) {
        CHECK(y.data()[i] == std::max(x[i], real{0}));
        CHECK(sum.data()[i] == x[i]);
        CHECK(dx.data()[i] == std::max(x[i], real{0}));
      }
    });
  }

  TEST_CASE("pooling writes nothing beyond its last value") {
    const Workers one(1);
    for_sizes([&](std::int64_t channels) {
      const PoolGeometry g{.n = 1,
                           .channels = channels,
                           .height = 4,
                           .width = 4,
                           .out_height = 2,
                           .out_width = 2,
                           .window_h = 2,
                           .window_w = 2,
                           .stride_h = 2,
                           .stride_w = 2};
      const Numbers x(static_cast<std::size_t>(g.inputs()), real{3}),
          dy(static_cast<std::size_t>(g.outputs()), real{8});
      const Bordered largest(dy.size(), 0), mean(dy.size(), 0), dx(x.size(), 0);
      std::vector<std::byte> winners(max_pool_winners(g));
      max_pool(one, g, x.data(), largest.data(), winners.data());
      avg_pool(one, g, true, x.data(), mean.data());
      CHECK(largest.numbers() == Numbers(dy.size(), real{3}));
      CHECK(mean.numbers() == Numbers(dy.size(), real{3}));
      avg_pool_grad(one, g, true, dy.data(), dx.data(), true);
      CHECK(dx.numbers() == Numbers(x.size(), real{2}));
      max_pool_grad(one, g, dy.data(), winners.data(), dx.data(), true);
    });
  }
}

}  // namespace cnnctl::kernels
