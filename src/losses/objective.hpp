// What training makes small: a sum of losses, each between an output of the network and a target. Works on views; knows
// neither networks nor where targets come from.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "losses/loss.hpp"

namespace cnnctl {

/// An output of the network, and room for d(total)/d(output), or null where none is wanted.
struct Output {
  ConstView values;
  real* gradient = nullptr;
};

/// One loss of an objective.
struct Term {
  std::string name;        // "fc": of its numbers, where there are several terms
  std::size_t output = 0;  // position among the network's outputs
  std::string target;
  double weight = 1;  // factor of its mean in the total
  Choice<Loss> loss;
};

/// A term's mean over a batch, and what it counts when means over batches are averaged (Loss::batch_weight).
struct TermValue {
  double mean = 0, weight = 0;
};

class Objective {
 public:
  /// At least one term; each loss has checked its output and target.
  explicit Objective(std::vector<Term> terms) : terms_(std::move(terms)), values_(terms_.size()) {}

  std::span<const Term> terms() const { return terms_; }
  /// What the mean of a term is called among other numbers: "loss" of the only one, else "loss_fc".
  std::string number(std::size_t term) const { return terms_.size() == 1 ? "loss" : "loss_" + terms_[term].name; }

  /// Each term's mean, valid until the next call. Where an output has room for a gradient, writes that of the weighted
  /// sum of all terms that look at it; 0 if none does.
  std::span<const TermValue> evaluate(const Workers& workers, std::span<const Output> outputs, const Targets& targets);

  /// The weighted sum of the terms' means.
  double total(std::span<const TermValue> values) const;

 private:
  std::vector<Term> terms_;
  std::vector<TermValue> values_;
  std::vector<double> per_sample_;
  std::vector<real> more_;  // the gradient of an output's second term
};

}  // namespace cnnctl
