// The lies that the law is tried with, by what they are about. One place for what they share.
#pragma once

#include <type_traits>
#include <vector>

#include "contract/liar.hpp"

namespace cnnctl::testing {

std::vector<Lie> lies_of_the_plan();
std::vector<Lie> lies_of_memory();
std::vector<Lie> lies_of_order();  // and of batches, and of randomness
std::vector<Lie> lies_of_backward();

inline const std::vector<Shape> kImage{{6, 7, 5}}, kVector{{12}}, kTwoImages{{4, 3, 5}, {4, 3, 5}};
inline constexpr const char* kConv = "{out_channels: 8, kernel_size: 3, padding: 1}";
inline constexpr const char* kWindows = "{kernel_size: 3, stride: 1, padding: 1}";

inline real& last(const View& view) { return view.data[view.count() - 1]; }

inline real* scratch_of(const Run& run, int worker) {
  const auto at = static_cast<std::size_t>(worker) * run.memory.worker_scratch_bytes;
  return reinterpret_cast<real*>(run.memory.worker_scratch + at);
}

/// The truth, and then something.
template <class Then>
auto and_then(const Then& then) {
  return [then](const Liar& self, const Forward& f) {
    self.truth->forward(f);
    if constexpr (std::is_invocable_v<Then, const Liar&, const Forward&>)
      then(self, f);
    else
      then(f);
  };
}

}  // namespace cnnctl::testing
