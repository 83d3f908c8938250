// The contract of a metric: how good outputs are, in one number that people know.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "config/fields.hpp"
#include "losses/target.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl {

/// What a metric knows of samples is sums that add up, in double and in the order of the samples: a set may be cut into
/// batches anywhere, and an epoch that was interrupted goes on from its sums.
class Metric {
 public:
  virtual ~Metric() = default;

  /// A metric's own fields, and the `term` that all have.
  void fields(Fields& f);
  /// Which term of the objective is measured, by name; none: the first that can be.
  const std::optional<std::string>& term() const { return term_; }

  /// "top1": letters, digits and underscores. Differs for fields that make another number of it.
  virtual std::string name() const = 0;
  /// What people call it: "top-1".
  virtual std::string label() const { return name(); }
  virtual bool larger_is_better() const = 0;
  /// Whether its values are in 0..1, to be shown in percent.
  virtual bool is_share() const = 0;

  /// Throws ShapeError if outputs of this shape cannot be measured against such targets: "top1 needs ...".
  virtual void check(const Shape& output, const TargetSpec& target) const = 0;
  /// How many sums it keeps of outputs of this shape.
  virtual std::int64_t sums(const Shape& output) const = 0;
  /// Adds a batch that passed `check`, sample by sample, each as often as its weight says.
  virtual void add(ConstView output, const Target& target, std::span<double> sums) const = 0;
  /// The number; 0 if nothing was added yet.
  virtual double value(std::span<const double> sums) const = 0;

 protected:
  virtual void own_fields(Fields&) {}

 private:
  std::optional<std::string> term_;
};

const Catalog<Metric>& metrics();

}  // namespace cnnctl
