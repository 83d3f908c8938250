// The arrays that an optimizer carries from step to step, by name.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "optim/optimizer.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

class OptimizerState {
 public:
  /// One zeroed array of network.flat_size() values for each of optimizer.states().
  OptimizerState(const Optimizer& optimizer, const Network& network) {
    for (const std::string_view name : optimizer.states()) {
      arrays_.emplace_back(1, Shape{network.flat_size()});
      pointers_.push_back(arrays_.back().data());
      named_.push_back({std::string(name), pointers_.back()});
    }
  }

  std::span<real* const> pointers() const { return pointers_; }
  std::span<const NamedState> named() const { return named_; }

 private:
  std::vector<Tensor> arrays_;
  std::vector<real*> pointers_;
  std::vector<NamedState> named_;
};

}  // namespace cnnctl
