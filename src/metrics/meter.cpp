#include "metrics/meter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.hpp"

namespace cnnctl {

Meter::Meter(const Objective& objective, std::vector<Measure> measures)
    : objective_(objective), measures_(std::move(measures)), terms_(2 * objective.terms().size()) {
  for (const Measure& measure : measures_) sums_.emplace_back(static_cast<std::size_t>(measure.sums));
}

void Meter::reset() { restore(0, {}); }

void Meter::restore(std::int64_t samples, const NamedSums& sums) {
  const auto take = [&sums](const std::string& name, std::span<double> to) {
    const auto at = sums.find(name);
    const bool fits = at != sums.end() && at->second.size() == to.size();
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = fits ? at->second[i] : 0;
  };
  samples_ = samples;
  for (std::size_t i = 0; i < objective_.terms().size(); ++i)
    take(objective_.number(i), std::span(terms_).subspan(2 * i, 2));
  for (std::size_t i = 0; i < measures_.size(); ++i) take(measures_[i].name, sums_[i]);
}

void Meter::add(std::span<const TermValue> values, std::span<const Output> outputs, const Targets& targets) {
  CNNCTL_CHECK_EQ(2 * values.size(), terms_.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    terms_[2 * i] += values[i].mean * values[i].weight;
    terms_[2 * i + 1] += values[i].weight;
  }
  for (std::size_t i = 0; i < measures_.size(); ++i) {
    const Measure& measure = measures_[i];
    measure.metric->add(outputs[measure.output].values, targets.target(measure.target), sums_[i]);
  }
  samples_ += outputs.front().values.n;
}

NamedSums Meter::sums() const {
  NamedSums named;
  for (std::size_t i = 0; i < objective_.terms().size(); ++i)
    named[objective_.number(i)] = {terms_[2 * i], terms_[2 * i + 1]};
  for (std::size_t i = 0; i < measures_.size(); ++i) named[measures_[i].name] = sums_[i];
  return named;
}

Results Meter::results() const {
  Results results;
  results.samples = samples_;
  std::vector<TermValue> values;
  for (std::size_t i = 0; i < terms_.size(); i += 2)
    values.push_back({terms_[i + 1] > 0 ? terms_[i] / terms_[i + 1] : terms_[i], terms_[i + 1]});  // of none 0, or NaN
  const auto loss = [](std::string name, double value) { return Number{name, std::move(name), value, false, false}; };
  results.numbers.push_back(loss("loss", objective_.total(values)));
  for (std::size_t i = 0; i < measures_.size(); ++i) {
    const Measure& m = measures_[i];
    results.numbers.push_back(
        {m.name, m.label, m.metric->value(sums_[i]), m.metric->larger_is_better(), m.metric->is_share()});
  }
  for (std::size_t i = 0; values.size() > 1 && i < values.size(); ++i)
    results.numbers.push_back(loss(objective_.number(i), values[i].mean));
  for (Number& number : results.numbers)  // without its sign, which says nothing and would be printed
    if (std::isnan(number.value)) number.value = std::numeric_limits<double>::quiet_NaN();
  return results;
}

}  // namespace cnnctl
