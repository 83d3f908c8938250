#include "contract/loss_cases.hpp"

#include <cmath>

#include "contract/examples.hpp"

namespace cnnctl::testing {

std::string LossCase::text() const { return text_of(kind, yaml); }

const std::vector<LossCase>& loss_cases() {
  using Takes = LossCase::Takes;
  static const std::vector<LossCase> cases{
      {"cross_entropy", "", Takes::numbers, true},
      {"cross_entropy", "{label_smoothing: 0.2}", Takes::numbers, true, true},
      {"cross_entropy", "{class_weights: [0.5, 0, 2]}", Takes::numbers, true, false, 3},
      {"cross_entropy", "{label_smoothing: 0.1, class_weights: [1, 2, 3]}", Takes::numbers, true, true, 3},
      {"mse", ""},
      {"kl_div", "", Takes::numbers, true},
      {"kl_div", "{label_smoothing: 0.2}", Takes::numbers, true, true},
      {"kl_div", "{input: log_probabilities}", Takes::log_probabilities, true},
      {"kl_div", "{input: log_probabilities, label_smoothing: 0.1}", Takes::log_probabilities, true, true},
      {"kl_div", "{input: probabilities}", Takes::probabilities},
      {"kl_div", "{input: probabilities, label_smoothing: 0.1}", Takes::probabilities, false, true}};
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
  if (kind.weights > 0) return weighted(std::move(batch), kind.weights);
  return batch;
}

}  // namespace cnnctl::testing
