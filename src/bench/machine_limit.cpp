#include "bench/machine_limit.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "kernels/matrix/gemm.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {
namespace {

using Clock = std::chrono::steady_clock;

/// A square-ish product that is repeated until a task takes milliseconds.
struct Probe {
  std::int64_t m, n, k, repeats;

  double operations() const { return 2e-9 * static_cast<double>(m * n * k * repeats); }  // in 10^9
};
constexpr Probe kProbes[] = {{96, 64, 128, 500}, {768, 768, 768, 1}};
constexpr std::chrono::milliseconds kTimeForProbe{100};
constexpr std::int64_t kTasksForWorker = 4;

/// GFLOP/s of the best of several rounds; noise only ever makes a round slower.
double best_rate(const Workers& workers, const Probe& probe) {
  const kernels::Gemm gemm({probe.m, probe.n, probe.k, probe.k, probe.n, probe.n});
  std::vector<Tensor> matrices;  // A, B and C of each worker
  for (int worker = 0; worker < workers.count(); ++worker) {
    for (const std::int64_t count : {probe.m * probe.k, probe.k * probe.n, probe.m * probe.n}) {
      matrices.emplace_back(1, Shape{count});
      std::fill(matrices.back().span().begin(), matrices.back().span().end(), real{1});
    }
  }
  const std::int64_t tasks = kTasksForWorker * workers.count();
  double best = 0;
  const Clock::time_point begin = Clock::now();
  for (Clock::time_point now = begin; now - begin < kTimeForProbe;) {
    workers.run(tasks, [&](std::int64_t, int worker) {
      Tensor* const own = &matrices[3 * static_cast<std::size_t>(worker)];
      for (std::int64_t i = 0; i < probe.repeats; ++i) gemm(own[0].data(), own[1].data(), own[2].data());
    });
    const Clock::time_point end = Clock::now();
    best = std::max(best, static_cast<double>(tasks) * probe.operations() /
                              std::chrono::duration<double>(end - std::exchange(now, end)).count());
  }
  return best;
}

}  // namespace

double measure_machine_limit(const Workers& workers) {
  double best = 0;
  for (const Probe& probe : kProbes) best = std::max(best, best_rate(workers, probe));
  return best;
}

}  // namespace cnnctl
