#include "losses/objective.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "kernels/pointwise/elementwise.hpp"

namespace cnnctl {

std::span<const TermValue> Objective::evaluate(const Workers& workers, std::span<const Output> outputs,
                                               const Targets& targets) {
  const auto looks_at = [](std::size_t output) { return [output](const Term& term) { return term.output == output; }; };
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const Term& term = terms_[i];
    CNNCTL_CHECK(term.output < outputs.size());
    const auto& [values, gradient] = outputs[term.output];
    const Target target = targets.target(term.target);
    const bool is_first =
        std::none_of(terms_.begin(), terms_.begin() + static_cast<std::ptrdiff_t>(i), looks_at(term.output));
    real* to = gradient;
    if (gradient != nullptr && !is_first) {
      more_.resize(std::max(more_.size(), static_cast<std::size_t>(values.count())));
      to = more_.data();
    }
    per_sample_.resize(static_cast<std::size_t>(values.n));
    values_[i].mean = term.loss->evaluate(workers, values, target, per_sample_, {to, term.weight});
    values_[i].weight = term.loss->batch_weight(values, target);
    if (to != gradient) kernels::copy(workers, values.count(), more_.data(), gradient, true);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].gradient != nullptr && std::none_of(terms_.begin(), terms_.end(), looks_at(i)))
      std::fill_n(outputs[i].gradient, outputs[i].values.count(), real{0});
  return values_;
}

double Objective::total(std::span<const TermValue> values) const {
  double sum = 0;
  for (std::size_t i = 0; i < terms_.size(); ++i) sum += terms_[i].weight * values[i].mean;
  return sum;
}

}  // namespace cnnctl
