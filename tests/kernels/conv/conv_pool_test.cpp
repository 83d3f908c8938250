#include "kernels/conv/pool/conv_pool.hpp"

#include "kernels/conv/conv_checks.hpp"
#include "kernels/pool/pool.hpp"

namespace cnnctl::kernels {

using namespace testing;

TEST_SUITE("kernels") {
  PoolGeometry halved(const ConvGeometry& g) { return {g.n, g.k, g.oh, g.ow, g.oh / 2, g.ow / 2, 2, 2, 2, 2}; }

  /// Numbers to compute with; many windows hold equal values.
  struct Numbers {
    std::vector<real> x, w, bias, dy;

    explicit Numbers(const ConvGeometry& g)
        : x(random_numbers(g.n * g.h * g.w * g.c, 1)),
          w(random_numbers(g.weight_count(), 2)),
          bias(random_numbers(g.k, 3)),
          dy(random_numbers(halved(g).outputs(), 4)) {
      for (real& value : x) value = std::round(value * 2);
      for (real& value : w) value = std::round(value * 2);
    }
  };

  struct Result {
    std::vector<real> y;
    std::vector<std::byte> winners;
  };

  Result one_by_one(const ConvGeometry& g, const Numbers& of, Activation activation) {
    const Workers one(1);
    const auto all = run_forward(kDirectForward, g, of.x, of.w, {of.bias.data(), {}, false}, one);
    Result r{std::vector<real>(of.dy.size()), std::vector<std::byte>(conv_pool_winners(g))};
    max_pool(one, halved(g), all.data(), r.y.data(), r.winners.data());
    activate(one, activation, static_cast<std::int64_t>(r.y.size()), r.y.data(), r.y.data());
    return r;
  }

  Result in_one(const Workers& workers, const ConvGeometry& g, const Numbers& of, Activation activation,
                bool keep_winners) {
    Memory memory({0, 0, conv_pool_bytes(g)}, workers.count());
    Result r{std::vector<real>(of.dy.size()), std::vector<std::byte>(conv_pool_winners(g))};
    conv_pool(workers, g, of.x.data(), of.w.data(), of.bias.data(), activation, r.y.data(),
              keep_winners ? r.winners.data() : nullptr, memory.scratch);
    return r;
  }

  std::vector<real> weight_gradient(const Workers& workers, const ConvGeometry& g, const Numbers& of,
                                    const std::byte* winners) {
    Memory memory({0, 0, conv_pool_weight_bytes(g)}, workers.count());
    const std::int64_t sums = std::min<std::int64_t>(2, g.n), values = conv_pool_sum_values(g);
    std::vector<real> all(static_cast<std::size_t>(sums * values)), dw(of.w.size(), real(NAN));
    workers.run(sums, [&](std::int64_t sum, int worker) {
      ConvGeometry part = g;
      for (std::int64_t first = g.n * sum / sums, end = g.n * (sum + 1) / sums; first < end; first += part.n) {
        ConvGeometry before = g;
        before.n = first;
        part.n = std::min<std::int64_t>(2, end - first);
        conv_pool_add_weights(part, of.x.data() + first * g.h * g.w * g.c, of.dy.data() + halved(before).outputs(),
                              winners + (first > 0 ? conv_pool_winners(before) : 0), all.data() + sum * values,
                              reinterpret_cast<std::byte*>(memory.scratch.of(worker)));
      }
    });
    conv_pool_join_weights(workers, g, sums, all.data(), dw.data());
    return dw;
  }

  std::vector<real> input_gradient(const Workers& workers, const ConvGeometry& g, const Numbers& of,
                                   const std::byte* winners, bool accumulate) {
    Memory memory({static_cast<std::size_t>(conv_pool_sum_values(g)) * sizeof(real), 0, conv_pool_input_bytes(g)},
                  workers.count());
    conv_pool_prepare_input(g, of.w.data(), memory.weights());
    std::vector<real> dx(of.x.size(), accumulate ? real{0.5} : real(NAN));
    conv_pool_input_gradient(workers, g, of.dy.data(), winners, memory.weights(), dx.data(), accumulate,
                             memory.scratch);
    return dx;
  }

  void check_pooled(const ConvGeometry& g) {
    CAPTURE(describe(g));
    REQUIRE(conv_pool_applies(g));
    const Numbers of(g);
    const Activation tanh{Activation::Type::tanh, 0};
    const Result want = one_by_one(g, of, tanh);
    for (const bool keep : {true, false})
      CHECK(same_bits(same_everywhere([&](const Workers& w) { return in_one(w, g, of, tanh, keep).y; }), want.y));

    // The gradients from the winners that the forward pass found, against all values of dy, most of them zero.
    const Workers one(1);
    std::vector<real> dy(static_cast<std::size_t>(g.out_pixels() * g.k));
    max_pool_grad(one, halved(g), of.dy.data(), want.winners.data(), dy.data(), false);
    std::vector<double> dx_want(of.x.size()), dw_want(of.w.size());
    for_products(g, [&](std::size_t ix, std::size_t iw, std::size_t iy) {
      dx_want[ix] += static_cast<double>(dy[iy]) * static_cast<double>(of.w[iw]);
      dw_want[iw] += static_cast<double>(dy[iy]) * static_cast<double>(of.x[ix]);
    });
    const Result got = in_one(one, g, of, tanh, true);
    const std::byte* winners = got.winners.data();
    check_close(same_everywhere([&](const Workers& w) { return weight_gradient(w, g, of, winners); }), dw_want);
    check_close(same_everywhere([&](const Workers& w) { return input_gradient(w, g, of, winners, false); }), dx_want);
    limit_vector_bits(128);  // plain C++: a sanitizer sees what it reads
    check_close(weight_gradient(one, g, of, winners), dw_want);
    check_close(input_gradient(one, g, of, winners, false), dx_want);
    limit_vector_bits(cnnctl::testing::vector_bits());
    for (double& value : dx_want) value += 0.5;
    check_close(input_gradient(one, g, of, winners, true), dx_want);
  }

  TEST_CASE("convolution with max pooling: the bits of one after the other, and its gradients") {
    check_pooled(geometry(5, 28, 28, 1, 6, 5, 1, 2));  // LeNet
    check_pooled(geometry(5, 14, 14, 6, 16, 5, 1, 0));
    check_pooled(geometry(2, 13, 15, 3, 7, 3, 1, 1));   // a row and a column that no window reaches
    check_pooled(geometry(2, 6, 6, 4, 5, 3, 1, 4));     // padding wider than the kernel
    check_pooled(geometry(3, 6, 7, 1, 8, 5, 1, 0));     // one window
    check_pooled(geometry(1, 40, 38, 3, 17, 5, 1, 2));  // in blocks
    check_pooled(geometry(2, 16, 12, 7, 13, 9, 1, 4));  // more rows and values of a window than are in work at once
    check_pooled(geometry(2, 9, 30, 1, 3, 8, 1, 3));
    for (const std::int64_t channels : {2, 5}) check_pooled(geometry(2, 9, 11, channels, 9, 4, 1, 1));
    ConvGeometry uneven = geometry(2, 10, 9, 2, 6, 3, 1, 0);
    uneven.kh = 7;
    uneven.oh = 6;  // padded above alone
    uneven.pad_top = 2;
    check_pooled(uneven);
  }

  TEST_CASE("convolution with max pooling: what it is for") {
    CHECK(conv_pool_applies(geometry(8, 28, 28, 1, 6, 5, 1, 2)));
    CHECK_FALSE(conv_pool_applies(geometry(8, 28, 28, 1, 6, 3, 1, 1)));        // few weights
    CHECK_FALSE(conv_pool_applies(geometry(8, 28, 28, 1, 6, 5, 2, 2)));        // stride
    CHECK_FALSE(conv_pool_applies(geometry(8, 28, 28, 1, 6, 5, 1, 2, 2)));     // dilation
    CHECK_FALSE(conv_pool_applies(geometry(8, 28, 28, 16, 16, 3, 1, 1)));      // many channels
    CHECK_FALSE(conv_pool_applies(geometry(8, 28, 28, 4, 8, 3, 1, 1, 1, 2)));  // groups
    CHECK_FALSE(conv_pool_applies(geometry(8, 300, 300, 3, 8, 5, 1, 2)));      // large images
  }
}

}  // namespace cnnctl::kernels
