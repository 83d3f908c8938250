#include "metrics/metrics.hpp"

#include "base/check.hpp"

namespace cnnctl {

bool in_top(std::span<const real> outputs, std::int32_t label, int k) {
  const auto position = static_cast<std::size_t>(label);
  const real own = outputs[position];
  if (!(own == own)) return false;
  int before = 0;
  for (std::size_t i = 0; i < outputs.size() && before < k; ++i)
    before += outputs[i] > own || (outputs[i] == own && i < position);
  return before < k;
}

void Meter::add(double mean_loss, double weight, ConstView outputs, std::span<const std::int32_t> labels) {
  CNNCTL_CHECK_EQ(outputs.n, labels.size());
  const auto features = static_cast<std::size_t>(outputs.shape.count());
  has_top5_ = features > 5;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::span<const real> row(outputs.data + i * features, features);
    top1_ += in_top(row, labels[i], 1);
    if (has_top5_) top5_ += in_top(row, labels[i], 5);
  }
  loss_sum_ += mean_loss * weight;
  loss_weight_ += weight;
  seen_ += static_cast<std::int64_t>(labels.size());
}

Metrics Meter::result() const {
  Metrics m;
  m.samples = seen_;
  if (seen_ == 0) return m;
  const auto n = static_cast<double>(seen_);
  if (loss_weight_ > 0) m.loss = loss_sum_ / loss_weight_;
  m.top1 = static_cast<double>(top1_) / n;
  if (has_top5_) m.top5 = static_cast<double>(top5_) / n;
  return m;
}

}  // namespace cnnctl
