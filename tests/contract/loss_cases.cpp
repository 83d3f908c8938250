#include "contract/loss_cases.hpp"

#include <algorithm>
#include <cmath>

#include "contract/examples.hpp"

namespace cnnctl::testing {

std::string LossCase::text() const { return text_of(kind, yaml); }

const std::vector<LossCase>& loss_cases() {
  using Takes = LossCase::Takes;
  static const std::vector<LossCase> cases{
      {"cross_entropy", "", Takes::numbers, true},
      {"cross_entropy", "{label_smoothing: 0.2}", Takes::numbers, true, 0.2},
      {"cross_entropy", "{class_weights: [0.5, 0, 2]}", Takes::numbers, true, 0, {0.5, 0, 2}},
      {"cross_entropy", "{label_smoothing: 0.1, class_weights: [1, 2, 3]}", Takes::numbers, true, 0.1, {1, 2, 3}},
      {"binary_cross_entropy", ""},
      {"binary_cross_entropy", "{pos_weight: [0.5, 3, 1]}"},
      {"binary_cross_entropy", "{pos_weight: [2]}"},
      {"nll", "", Takes::log_probabilities, true},
      {"nll", "{label_smoothing: 0.2, class_weights: [0.5, 1, 2]}", Takes::log_probabilities, true, 0.2, {0.5, 1, 2}},
      {"focal", "", Takes::numbers, true},
      {"focal", "{gamma: 0.5, class_weights: [0.5, 0, 2]}", Takes::numbers, true, 0, {0.5, 0, 2}},
      {"focal", "{gamma: 1, label_smoothing: 0.1}", Takes::numbers, true, 0.1},
      {"hinge", ""},
      {"hinge", "{margin: 0.5, class_weights: [1, 2, 3]}", Takes::numbers, false, 0, {1, 2, 3}},
      {"mse", ""},
      {"l1", ""},
      {"smooth_l1", ""},
      {"smooth_l1", "{beta: 0.25}"},
      {"huber", ""},
      {"huber", "{delta: 0.25}"},
      {"cosine", ""},
      {"kl_div", "", Takes::numbers, true},
      {"kl_div", "{label_smoothing: 0.2}", Takes::numbers, true, 0.2},
      {"kl_div", "{input: log_probabilities}", Takes::log_probabilities, true},
      {"kl_div", "{input: log_probabilities, label_smoothing: 0.1}", Takes::log_probabilities, true, 0.1},
      {"kl_div", "{direction: output_from_target, label_smoothing: 0.2}", Takes::numbers, true, 0.2, {}, true},
      {"kl_div",
       "{direction: output_from_target, input: log_probabilities, label_smoothing: 0.1}",
       Takes::log_probabilities,
       true,
       0.1,
       {},
       true},
      {"kl_div", "{input: probabilities}", Takes::probabilities},
      {"kl_div", "{input: probabilities, label_smoothing: 0.1}", Takes::probabilities, false, 0.1}};
  return cases;
}

std::string BatchKind::text() const {
  return shape.str() + (soft ? " towards values" : " towards classes") +
         (weights == 0   ? ""
          : weights == 1 ? ", samples weighted"
                         : ", positions weighted");
}

const std::vector<BatchKind>& batch_kinds() {
  static const std::vector<BatchKind> kinds = [] {
    std::vector<BatchKind> all;
    for (const Shape& shape : {Shape{3}, Shape{3, 4}, Shape{3, 2, 3}, Shape{3, 2, 1, 2}})
      for (const bool soft : {false, true})
        for (const std::int64_t weights : {std::int64_t{0}, std::int64_t{1}, shape.positions()})
          if (weights != 1 || all.back().weights != 1) all.push_back({shape, soft, weights});
    return all;
  }();
  return kinds;
}

Batch batch_of(const LossCase& c, const BatchKind& kind, std::int64_t n) {
  Batch batch = random_batch(n, kind.shape, kind.soft, c.takes != LossCase::Takes::numbers);
  if (c.takes == LossCase::Takes::log_probabilities)
    for (real& value : batch.output.span()) value = std::log(value);
  for (real& value : batch.soft) value *= real(1.25);
  for (std::size_t i = 0; i < batch.soft.size(); ++i)  // not where l1 has its kink
    if (real& value = batch.output.span()[i]; std::abs(value - batch.soft[i]) < real(0.01)) value += real(0.02);
  if (kind.weights > 0) return weighted(std::move(batch), kind.weights);
  return batch;
}

namespace {

/// Logarithms of the probabilities that a row of outputs stands for; of mse, nothing.
std::vector<double> log_probabilities(LossCase::Takes takes, const std::vector<double>& row) {
  double shift = 0;
  if (takes == LossCase::Takes::numbers) {
    for (const double z : row) shift += std::exp(z);
    shift = std::log(shift);
  }
  std::vector<double> logs;
  for (const double x : row) logs.push_back(takes == LossCase::Takes::probabilities ? std::log(x) : x - shift);
  return logs;
}

}  // namespace

double formula_of(const LossCase& c, const Batch& batch) {
  const auto width = static_cast<std::size_t>(batch.shape.channels());
  const std::size_t rows = batch.output.span().size() / width, positions = rows / static_cast<std::size_t>(batch.n);
  double sum = 0, divisor = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const double weight =
        batch.weight.empty() ? 1 : static_cast<double>(batch.weight[row * batch.weight.size() / rows]);
    const auto from = batch.output.span().begin() + static_cast<std::ptrdiff_t>(row * width);
    const std::vector<double> x(from, from + static_cast<std::ptrdiff_t>(width)), logs = log_probabilities(c.takes, x);
    double loss = 0;
    for (std::size_t i = 0; i < width; ++i) {
      double t = batch.soft.empty() ? static_cast<double>(batch.labels[row] == static_cast<std::int32_t>(i))
                                    : static_cast<double>(batch.soft[row * width + i]);
      t = (1 - c.smoothing) * t + c.smoothing / static_cast<double>(width);
      const double of_class = c.class_weights.empty() ? 1 : c.class_weights[i];
      if (c.kind == "cross_entropy") loss -= of_class * t * logs[i];
      if (c.kind == "kl_div" && !c.backwards) loss += t == 0 ? 0 : t * (std::log(t) - logs[i]);
      if (c.kind == "kl_div" && c.backwards) loss += std::exp(logs[i]) * (logs[i] - std::log(t));
      if (c.kind == "nll") loss -= of_class * t * x[i];
      if (c.kind == "focal") {
        const double gamma = c.yaml.empty() ? 2 : c.yaml.find("gamma: 1") != std::string::npos ? 1 : 0.5;
        loss -= of_class * t * std::pow(1 - std::exp(logs[i]), gamma) * logs[i];
      }
      if (c.kind == "hinge")
        for (std::size_t j = 0; j < width; ++j)
          if (j != i)
            loss += of_class * t * std::max(0.0, (c.yaml.empty() ? 1 : 0.5) - x[i] + x[j]) / static_cast<double>(width);
      if (c.kind == "binary_cross_entropy") {
        const double weights[] = {0.5, 3, 1}, p = 1 / (1 + std::exp(-x[i]));
        const double w = c.yaml.empty() ? 1 : c.yaml.find("[2]") != std::string::npos ? 2 : weights[i];
        loss -= (w * t * std::log(p) + (1 - t) * std::log(1 - p)) / static_cast<double>(width);
      }
      const double off = std::abs(x[i] - t), bend = c.yaml.empty() ? 1 : 0.25;
      if (c.kind == "l1") loss += off / static_cast<double>(width);
      if (c.kind == "smooth_l1")
        loss += (off < bend ? off * off / (2 * bend) : off - bend / 2) / static_cast<double>(width);
      if (c.kind == "huber")
        loss += (off < bend ? off * off / 2 : bend * (off - bend / 2)) / static_cast<double>(width);
      if (c.kind == "mse") loss += (x[i] - t) * (x[i] - t) / static_cast<double>(width);
    }
    if (c.kind == "cosine") {
      double dot = 0, xx = 0, tt = 0;
      for (std::size_t i = 0; i < width; ++i) {
        const double t = batch.soft.empty() ? static_cast<double>(batch.labels[row] == static_cast<std::int32_t>(i))
                                            : static_cast<double>(batch.soft[row * width + i]);
        dot += x[i] * t, xx += x[i] * x[i], tt += t * t;
      }
      loss = 1 - dot / std::sqrt(xx * tt);
    }
    const bool by_class = batch.soft.empty() && !c.class_weights.empty();
    const double counts = by_class ? c.class_weights[static_cast<std::size_t>(batch.labels[row])] : 1;
    sum += weight * loss;
    divisor += weight * counts / (c.kind == "kl_div" ? static_cast<double>(positions) : 1);  // "batchmean"
  }
  return sum / divisor;
}

}  // namespace cnnctl::testing
