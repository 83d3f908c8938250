#include "kernels/pool/pool.hpp"

#include <algorithm>
#include <functional>

#include "kernels/everywhere.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("kernels") {
  using kernels::PoolGeometry;

  /// n, c, h, w, window, stride, padding (before, behind), and whether sizes round up.
  PoolGeometry pooling(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w, std::int64_t window,
                       std::int64_t stride, std::int64_t before = 0, std::int64_t behind = 0, bool ceil = false) {
    const auto size = [&](std::int64_t in) {
      const std::int64_t out = (in + before + behind - window + (ceil ? stride - 1 : 0)) / stride + 1;
      return ceil && (out - 1) * stride >= in + before ? out - 1 : out;
    };
    return {n, c, h, w, size(h), size(w), window, window, stride, stride, before, before, behind, behind};
  }

  const PoolGeometry kPoolings[] = {pooling(1, 1, 1, 1, 1, 1),
                                    pooling(2, 3, 2, 2, 2, 2),
                                    pooling(2, 5, 7, 5, 2, 2),
                                    pooling(3, 16, 8, 8, 2, 2),
                                    pooling(2, 17, 9, 7, 3, 2, 1, 1),
                                    pooling(2, 33, 6, 11, 3, 1, 1, 1),
                                    pooling(1, 3, 5, 5, 3, 2, 0, 0, true),
                                    pooling(2, 16, 7, 7, 3, 2, 1, 1, true),
                                    pooling(1, 6, 10, 9, 5, 3, 2, 1),
                                    pooling(1, 5, 4, 4, 2, 3, 0, 0, true),
                                    pooling(64, 6, 28, 28, 2, 2),
                                    pooling(2, 4, 20, 20, 17, 1),
                                    pooling(3, 20, 9, 9, 2, 2, 0, 0, true)};

  using Visit = std::function<void(std::size_t input)>;

  /// Calls visit(input) for every value of the image in the window of output (n, oh, ow, c), in the window's order.
  void window_inputs(const PoolGeometry& g, std::int64_t n, std::int64_t oh, std::int64_t ow, std::int64_t c,
                     const Visit& visit) {
    for (std::int64_t i = 0; i < g.window_h; ++i) {
      for (std::int64_t j = 0; j < g.window_w; ++j) {
        const std::int64_t h = oh * g.stride_h - g.top + i, w = ow * g.stride_w - g.left + j;
        if (h < 0 || w < 0 || h >= g.height || w >= g.width) continue;
        visit(static_cast<std::size_t>(((n * g.height + h) * g.width + w) * g.channels + c));
      }
    }
  }

  /// Calls visit(output, oh, ow, inputs) for every output.
  template <class F>
  void each_output(const PoolGeometry& g, const F& visit) {
    std::size_t output = 0;
    for (std::int64_t n = 0; n < g.n; ++n)
      for (std::int64_t oh = 0; oh < g.out_height; ++oh)
        for (std::int64_t ow = 0; ow < g.out_width; ++ow)
          for (std::int64_t c = 0; c < g.channels; ++c) {
            std::vector<std::size_t> inputs;
            window_inputs(g, n, oh, ow, c, [&](std::size_t input) { inputs.push_back(input); });
            visit(output++, oh, ow, inputs);
          }
  }

  Numbers max_pool_and_grad(const Workers& workers, const PoolGeometry& g, const Numbers& x, const Numbers& dy,
                            bool accumulate) {
    Numbers y(static_cast<std::size_t>(g.outputs())), dx(x.size(), 1);
    std::vector<std::byte> winners(kernels::max_pool_winners(g));
    kernels::max_pool(workers, g, x.data(), y.data(), winners.data());
    kernels::max_pool_grad(workers, g, dy.data(), winners.data(), dx.data(), accumulate);
    y.insert(y.end(), dx.begin(), dx.end());
    return y;
  }

  TEST_CASE("max pooling keeps the first largest value of each window and sends the gradient there") {
    for (const PoolGeometry& g : kPoolings) {
      CAPTURE(g.height);
      CAPTURE(g.channels);
      CAPTURE(g.window_h);
      Numbers x = random_numbers(g.inputs(), 1);
      for (real& v : x) v = std::round(v * 4);  // equal values in most windows
      const Numbers dy = random_numbers(g.outputs(), 2);
      for (const bool accumulate : {false, true}) {
        std::vector<double> want, dx(x.size(), accumulate ? 1 : 0);
        each_output(g, [&](std::size_t output, std::int64_t, std::int64_t, const std::vector<std::size_t>& inputs) {
          const std::size_t best = *std::max_element(inputs.begin(), inputs.end(),
                                                     [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
          want.push_back(x[best]);
          dx[best] += dy[output];
        });
        want.insert(want.end(), dx.begin(), dx.end());
        everywhere([&](const Workers& workers) { return max_pool_and_grad(workers, g, x, dy, accumulate); },
                   [&](const Numbers& got) { check_close(got, want, 300 * kEpsilon); });
      }
      Numbers y(static_cast<std::size_t>(g.outputs())), without = y;
      std::vector<std::byte> winners(kernels::max_pool_winners(g));
      kernels::max_pool(Workers(1), g, x.data(), y.data(), winners.data());
      kernels::max_pool(Workers(1), g, x.data(), without.data(), nullptr);
      CHECK(same_bits(y, without));
    }
  }

  TEST_CASE("a NaN wins its window") {
    const PoolGeometry g = pooling(1, 1, 2, 2, 2, 2);
    for (std::size_t place = 0; place < 4; ++place) {
      Numbers x = {1, 2, 3, 4}, y(1);
      x[place] = std::numeric_limits<real>::quiet_NaN();
      kernels::max_pool(Workers(1), g, x.data(), y.data(), nullptr);
      CHECK(std::isnan(y[0]));
    }
  }

  TEST_CASE("average pooling and its gradient are those of the formula, with and without counting the padding") {
    for (const PoolGeometry& g : kPoolings) {
      const Numbers x = random_numbers(g.inputs(), 3), dy = random_numbers(g.outputs(), 4);
      for (const bool padding : {true, false}) {
        CAPTURE(g.height);
        CAPTURE(g.channels);
        CAPTURE(padding);
        std::vector<double> want, dx(x.size(), padding ? 1 : 0);
        each_output(g, [&](std::size_t output, std::int64_t oh, std::int64_t ow, const std::vector<std::size_t>& in) {
          const auto length = [](std::int64_t start, std::int64_t window, std::int64_t end) {
            return std::min(window, end - start);
          };
          const std::int64_t all = length(oh * g.stride_h - g.top, g.window_h, g.height + g.bottom) *
                                   length(ow * g.stride_w - g.left, g.window_w, g.width + g.right);
          const double divisor = padding ? static_cast<double>(all) : static_cast<double>(in.size());
          double total = 0;
          for (const std::size_t i : in) total += x[i];
          for (const std::size_t i : in) dx[i] += dy[output] / divisor;
          want.push_back(total / divisor);
        });
        want.insert(want.end(), dx.begin(), dx.end());
        everywhere(
            [&](const Workers& workers) {
              Numbers y(dy.size()), grad(x.size(), 1);
              kernels::avg_pool(workers, g, padding, x.data(), y.data());
              kernels::avg_pool_grad(workers, g, padding, dy.data(), grad.data(), padding);
              y.insert(y.end(), grad.begin(), grad.end());
              return y;
            },
            [&](const Numbers& got) { check_close(got, want, 100 * kEpsilon); });
      }
    }
  }

  TEST_CASE("global average pooling") {
    for (const std::int64_t channels : {1, 3, 16, 33}) {
      for (const std::int64_t pixels : {1, 49, 1025}) {
        const std::int64_t n = 5;
        const Numbers x = random_numbers(n * pixels * channels, 5), dy = random_numbers(n * channels, 6);
        std::vector<double> want(dy.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
          const auto image = static_cast<std::int64_t>(i) / (pixels * channels);
          const auto out = static_cast<std::size_t>(image * channels + static_cast<std::int64_t>(i) % channels);
          want[out] += x[i] / static_cast<double>(pixels);
        }
        for (std::size_t i = 0; i < x.size(); ++i) {
          const auto image = static_cast<std::int64_t>(i) / (pixels * channels);
          const auto out = static_cast<std::size_t>(image * channels + static_cast<std::int64_t>(i) % channels);
          want.push_back(1 + dy[out] / static_cast<double>(pixels));
        }
        everywhere(
            [&](const Workers& workers) {
              Numbers y(dy.size()), dx(x.size(), 1);
              kernels::global_avg_pool(workers, n, pixels, channels, x.data(), y.data());
              kernels::global_avg_pool_grad(workers, n, pixels, channels, dy.data(), dx.data(), true);
              y.insert(y.end(), dx.begin(), dx.end());
              return y;
            },
            [&](const Numbers& got) { check_close(got, want, 30 * kEpsilon); });
      }
    }
  }
}

}  // namespace
}  // namespace cnnctl::testing
