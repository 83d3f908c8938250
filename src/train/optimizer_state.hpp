// The arrays that training carries from step to step, by name: the optimizer's, and the average of the weights.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "optim/optimizer.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

class OptimizerState {
 public:
  /// One zeroed array of network.flat_size() values for each of optimizer.states(); with `averages` one for the average
  /// of the trained parameters, and one for that of the statistics.
  OptimizerState(const Optimizer& optimizer, const Network& network, bool averages = false) {
    for (const std::string_view name : optimizer.states()) pointers_.push_back(add(name, network.flat_size()));
    if (!averages) return;
    add("average", network.flat_size());
    named_.back().statistics = arrays_.emplace_back(1, Shape{network.statistics_size()}).data();
  }

  std::span<real* const> pointers() const { return pointers_; }
  /// All of them.
  std::span<const NamedState> named() const { return named_; }
  /// None without `averages`.
  std::optional<NamedState> average() const {
    return named_.size() > pointers_.size() ? std::optional(named_.back()) : std::nullopt;
  }

 private:
  real* add(std::string_view name, std::int64_t size) {
    named_.push_back({std::string(name), arrays_.emplace_back(1, Shape{size}).data()});
    return named_.back().values;
  }

  std::vector<Tensor> arrays_;
  std::vector<real*> pointers_;
  std::vector<NamedState> named_;
};

}  // namespace cnnctl
