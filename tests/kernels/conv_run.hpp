// For the tests of convolutions: one algorithm run on one geometry, with memory of exactly the size that it asks for.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "kernels/conv.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl::testing {

using namespace kernels;

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

/// Prepared weights and scratch of one call.
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

inline std::vector<real> run_forward(const ConvForward& algorithm, const ConvGeometry& g, const std::vector<real>& x,
                                     const std::vector<real>& w, const Epilogue& epilogue, const Workers& workers) {
  Memory memory(algorithm.needs(g), workers.count());
  std::vector<real> y(static_cast<std::size_t>(g.out_pixels() * g.k), real{0.5});
  algorithm.prepare(workers, g, w.data(), memory.weights());
  algorithm.run(workers, g, x.data(), memory.weights(), epilogue, y.data(), memory.scratch);
  return y;
}

inline std::vector<real> run_input(const ConvInputGradient& algorithm, const ConvGeometry& g,
                                   const std::vector<real>& dy, const std::vector<real>& w, bool accumulate,
                                   const Workers& workers) {
  Memory memory(algorithm.needs(g), workers.count());
  std::vector<real> dx(static_cast<std::size_t>(g.n * g.h * g.w * g.c), accumulate ? real{0.5} : real(NAN));
  algorithm.prepare(workers, g, w.data(), memory.weights());
  algorithm.run(workers, g, dy.data(), memory.weights(), dx.data(), accumulate, memory.scratch);
  return dx;
}

inline std::vector<real> run_weight(const ConvWeightGradient& algorithm, const ConvGeometry& g,
                                    const std::vector<real>& x, const std::vector<real>& dy, const Workers& workers) {
  Memory memory(algorithm.needs(g), workers.count());
  std::vector<real> dw(static_cast<std::size_t>(g.weight_count()), real(NAN));
  if (algorithm.run != nullptr) {
    algorithm.run(workers, g, x.data(), dy.data(), dw.data(), memory.scratch);
    return dw;
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
  return dw;
}

inline std::string describe(const ConvGeometry& g) {
  std::string text = "n h w c, out h w k, kernel, stride, pad, dilation, groups:";
  for (const std::int64_t size : {g.n, g.h, g.w, g.c, g.oh, g.ow, g.k, g.kh, g.kw, g.stride_h, g.stride_w, g.pad_top,
                                  g.pad_left, g.dilation_h, g.dilation_w, g.groups})
    text += " " + std::to_string(size);
  return text;
}

}  // namespace cnnctl::testing
