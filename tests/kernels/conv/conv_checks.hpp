// Convolutions against loops without any cleverness: every algorithm that takes a geometry, in every direction.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "bordered.hpp"
#include "kernels/conv/choice.hpp"
#include "numbers.hpp"
#include "tensor/tensor.hpp"
#include "vector_bits.hpp"

namespace cnnctl::kernels::testing {

using cnnctl::testing::Bordered;
using cnnctl::testing::random_numbers;
using cnnctl::testing::same_bits;

/// Position of weight (k, c within the group, i, j) in the kernels' layout.
inline std::size_t weight_at(const ConvGeometry& g, std::int64_t k, std::int64_t c, std::int64_t i, std::int64_t j) {
  if (g.depthwise()) return static_cast<std::size_t>((i * g.kw + j) * g.c + k);
  const std::int64_t group = k / g.group_k();
  return static_cast<std::size_t>((((group * g.kh + i) * g.kw + j) * g.group_c() + c) * g.group_k() + k % g.group_k());
}

/// Calls body(position in x, position in w, position in y) for every multiply-add of the convolution.
template <class Body>
void for_products(const ConvGeometry& g, const Body& body) {
  for (std::int64_t n = 0; n < g.n; ++n)
    for (std::int64_t oy = 0; oy < g.oh; ++oy)
      for (std::int64_t ox = 0; ox < g.ow; ++ox)
        for (std::int64_t k = 0; k < g.k; ++k)
          for (std::int64_t i = 0; i < g.kh; ++i)
            for (std::int64_t j = 0; j < g.kw; ++j)
              for (std::int64_t c = 0; c < g.group_c(); ++c) {
                const std::int64_t y = oy * g.stride_h - g.pad_top + i * g.dilation_h;
                const std::int64_t x = ox * g.stride_w - g.pad_left + j * g.dilation_w;
                if (y < 0 || y >= g.h || x < 0 || x >= g.w) continue;
                const std::int64_t channel = k / g.group_k() * g.group_c() + c;
                body(static_cast<std::size_t>(((n * g.h + y) * g.w + x) * g.c + channel), weight_at(g, k, c, i, j),
                     static_cast<std::size_t>(((n * g.oh + oy) * g.ow + ox) * g.k + k));
              }
}

struct Memory {
  Buffer prepared, shared, worker;
  ConvScratch scratch;

  Memory(const ConvNeeds& needs, int workers)
      : prepared(needs.prepared + 64),
        shared(needs.shared + 64),
        worker((aligned(needs.worker) + 64) * static_cast<std::size_t>(workers)) {
    scratch = {shared.data(), worker.data(), aligned(needs.worker) + 64};
  }
  real* weights() { return reinterpret_cast<real*>(prepared.data()); }
};

/// Sums of up to 3*3*512 products of numbers below 1: rounding grows with the root of their number.
constexpr double kTolerance = sizeof(real) == 8 ? 1e-12 : 3e-5;

/// The largest error, relative to the largest value (or to one).
inline double largest_error(const std::vector<real>& got, const std::vector<double>& want) {
  double largest = 1, worst = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    largest = std::max(largest, std::abs(want[i]));
    worst = std::max(worst, std::isnan(got[i]) ? INFINITY : std::abs(static_cast<double>(got[i]) - want[i]));
  }
  return worst / largest;
}

inline void check_close(const std::vector<real>& got, const std::vector<double>& want) {
  CHECK(largest_error(got, want) < kTolerance);
}

/// What exact arithmetic gives, nearly: every result of a convolution, as sums of doubles.
struct Reference {
  std::vector<double> y, dx, dw;

  Reference(const ConvGeometry& g, const std::vector<real>& x, const std::vector<real>& w, const std::vector<real>& dy)
      : y(dy.size()), dx(x.size()), dw(w.size()) {
    for_products(g, [&](std::size_t ix, std::size_t iw, std::size_t iy) {
      y[iy] += static_cast<double>(x[ix]) * static_cast<double>(w[iw]);
      dx[ix] += static_cast<double>(dy[iy]) * static_cast<double>(w[iw]);
      dw[iw] += static_cast<double>(dy[iy]) * static_cast<double>(x[ix]);
    });
  }
};

inline std::vector<real> run_forward(const ConvForward& algorithm, const ConvGeometry& g, const std::vector<real>& x,
                                     const std::vector<real>& w, const Epilogue& epilogue, const Workers& workers) {
  Memory memory(algorithm.needs(g), workers.count());
  const Bordered y(static_cast<std::size_t>(g.out_pixels() * g.k), real{0.5});
  algorithm.prepare(workers, g, w.data(), memory.weights());
  algorithm.run(workers, g, x.data(), memory.weights(), epilogue, y.data(), memory.scratch);
  return y.numbers();
}

inline std::vector<real> run_input(const ConvInputGradient& algorithm, const ConvGeometry& g,
                                   const std::vector<real>& dy, const std::vector<real>& w, bool accumulate,
                                   const Workers& workers) {
  Memory memory(algorithm.needs(g), workers.count());
  const Bordered dx(static_cast<std::size_t>(g.n * g.h * g.w * g.c), accumulate ? real{0.5} : real(NAN));
  algorithm.prepare(workers, g, w.data(), memory.weights());
  algorithm.run(workers, g, dy.data(), memory.weights(), dx.data(), accumulate, memory.scratch);
  return dx.numbers();
}

inline std::vector<real> run_weight(const ConvWeightGradient& algorithm, const ConvGeometry& g,
                                    const std::vector<real>& x, const std::vector<real>& dy, const Workers& workers) {
  Memory memory(algorithm.needs(g), workers.count());
  const Bordered dw(static_cast<std::size_t>(g.weight_count()), real(NAN));
  if (algorithm.run != nullptr) {
    algorithm.run(workers, g, x.data(), dy.data(), dw.data(), memory.scratch);
    return dw.numbers();
  }
  CHECK(algorithm.needs(g).shared == 0);
  const std::int64_t sums = std::min<std::int64_t>(2, g.n), values = algorithm.sum_values(g);
  std::vector<real> all(static_cast<std::size_t>(sums * values));
  workers.run(sums, [&](std::int64_t sum, int worker) {
    ConvGeometry part = g;
    for (std::int64_t first = g.n * sum / sums, end = g.n * (sum + 1) / sums; first < end; first += part.n) {
      part.n = std::min<std::int64_t>(2, end - first);  // some parts of two images, some of one
      algorithm.add(part, x.data() + first * g.h * g.w * g.c, dy.data() + first * g.oh * g.ow * g.k,
                    all.data() + sum * values, memory.scratch.of(worker));
    }
  });
  algorithm.join(workers, g, sums, all.data(), dw.data());
  return dw.numbers();
}

inline std::string describe(const ConvGeometry& g) {
  std::string text = "n h w c, out h w k, kernel, stride, pad, dilation, groups:";
  for (const std::int64_t size : {g.n, g.h, g.w, g.c, g.oh, g.ow, g.k, g.kh, g.kw, g.stride_h, g.stride_w, g.pad_top,
                                  g.pad_left, g.dilation_h, g.dilation_w, g.groups})
    text += " " + std::to_string(size);
  return text;
}

/// The result of run(workers), the same bits for every number of workers and for shorter registers.
template <class Run>
std::vector<real> same_everywhere(const Run& run) {
  static const Workers one(1), three(3), eight(8);
  const auto result = run(one);
  CHECK(same_bits(result, run(three)));
  CHECK(same_bits(result, run(eight)));
  limit_vector_bits(256);
  CHECK(same_bits(result, run(one)));
  limit_vector_bits(cnnctl::testing::vector_bits());
  return result;
}

/// Everything that holds for one geometry: every algorithm that takes it is right, in every direction.
inline void check_geometry(const ConvGeometry& g) {
  CAPTURE(describe(g));
  const auto x = random_numbers(g.n * g.h * g.w * g.c, 1), w = random_numbers(g.weight_count(), 2);
  const auto dy = random_numbers(g.out_pixels() * g.k, 3), bias = random_numbers(g.k, 4);
  const Reference want(g, x, w, dy);
  std::vector<double> relu_want = want.y, dx_added = want.dx;
  for (std::size_t i = 0; i < relu_want.size(); ++i)
    relu_want[i] = std::max(0.0, relu_want[i] + static_cast<double>(bias[i % bias.size()]));
  for (double& value : dx_added) value += 0.5;

  const Workers one(1);
  for (const ConvForward* a : conv_forwards()) {
    if (!a->applies(g)) continue;
    CAPTURE(a->name);
    const auto y = same_everywhere([&](const Workers& workers) { return run_forward(*a, g, x, w, {}, workers); });
    check_close(y, want.y);
    check_close(run_forward(*a, g, x, w, {bias.data(), {Activation::Type::relu, 0}, false}, one), relu_want);
  }
  for (const ConvInputGradient* a : conv_input_gradients()) {
    if (!a->applies(g)) continue;
    CAPTURE(a->name);
    const auto dx = same_everywhere([&](const Workers& workers) { return run_input(*a, g, dy, w, false, workers); });
    check_close(dx, want.dx);
    check_close(run_input(*a, g, dy, w, true, one), dx_added);
  }
  for (const ConvWeightGradient* a : conv_weight_gradients()) {
    if (!a->applies(g)) continue;
    CAPTURE(a->name);
    const auto dw = same_everywhere([&](const Workers& workers) { return run_weight(*a, g, x, dy, workers); });
    check_close(dw, want.dw);
  }
}

inline ConvGeometry geometry(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c, std::int64_t k,
                             std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::int64_t dilation = 1,
                             std::int64_t groups = 1) {
  ConvGeometry g{.n = n,
                 .h = h,
                 .w = w,
                 .c = c,
                 .k = k,
                 .kh = kernel,
                 .kw = kernel,
                 .stride_h = stride,
                 .stride_w = stride,
                 .pad_top = pad,
                 .pad_left = pad,
                 .dilation_h = dilation,
                 .dilation_w = dilation,
                 .groups = groups};
  g.oh = (h + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
  g.ow = (w + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
  return g;
}

}  // namespace cnnctl::kernels::testing
