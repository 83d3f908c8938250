// Named numbers: what a run tells of an epoch, and `cnnctl eval` of a set. Knows their names; knows no formula.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cnnctl {

struct Number {
  std::string name;   // "loss", "top1": in columns, events and train.monitor, after "train_" or "val_"
  std::string label;  // "top-1": for people
  double value = 0;
  bool larger_is_better = false;
  bool share = false;  // in 0..1, shown in percent
};

/// What was measured over a set of samples: the loss, the metrics, the terms of the loss.
struct Results {
  std::int64_t samples = 0;
  std::vector<Number> numbers;

  /// The number of this name, or null.
  const Number* find(std::string_view name) const {
    const auto at = std::ranges::find(numbers, name, &Number::name);
    return at != numbers.end() ? &*at : nullptr;
  }
  double loss() const { return numbers.front().value; }
  /// The number that stands beside the loss where there is room for one.
  const Number& metric() const { return numbers[numbers.size() > 1 ? 1 : 0]; }
};

}  // namespace cnnctl
