// The law of layers: whether a layer does what layers/layer.hpp demands and what its own plan says. It is told what to
// try, runs it under every circumstance that the contract declares to be none of the layer's business, and returns what
// it finds. It asserts nothing: lies_test.cpp asks it what it found.
#pragma once

#include <optional>
#include <vector>

#include "breach.hpp"
#include "contract/crews.hpp"
#include "layer_run.hpp"

namespace cnnctl::testing {

/// A layer and what it is planned with.
struct Setup {
  Choice<Layer> layer;
  Inputs inputs;

  Plan plan() const { return Choice<Layer>(layer)->plan(inputs); }
};

/// What stands before the law.
struct Subject {
  Choice<Layer> layer;
  std::vector<Choice<Layer>> behind = {};  // fused behind it
  std::vector<Shape> shapes;               // of its inputs, and of what is added behind it
  std::int64_t batch = 11, part = 2;
  bool infer_only = false;
  bool yaml = true;                       // false: it has no fields of its own
  std::optional<std::int64_t> macs = {};  // of one sample; else a multiply-add for each weight and place of the output

  /// Throws std::runtime_error if the layer refuses what is behind it.
  Setup setup(Mode mode) const;
};

/// All laws, in training and in inference.
Breaches breaches_of(const Subject& subject, const Crews& crews);

/// Whether what the layer says of itself can be true: plan, parameters, YAML, traits, fusion.
void try_claims(const Subject& subject, Mode mode, const Crews& crews, Breaches& breaches);
/// Whether the layer's results are the same under all circumstances, to the bit.
void try_circumstances(const Subject& subject, Mode mode, const Crews& crews, Breaches& breaches);
/// Whether they depend on what they should: the gradients that are wanted, the batch, the key of randomness.
void try_dependence(const Subject& subject, Mode mode, const Crews& crews, Breaches& breaches);

/// What a layer has computed.
struct Results {
  Numbers y;
  std::vector<Numbers> dx, gradients, statistics;
};

/// A run with values that hide nothing: inputs on a grid without ties, biases and statistics of all sizes.
LayerRun run_of(const Setup& setup, const Workers& workers);
/// Forward, and in training backward.
Results results_of(LayerRun& run);

/// Collects what one subject is guilty of.
class Verdict {
 public:
  Verdict(Breaches& breaches, Mode mode) : breaches_(breaches), mode_(mode == Mode::train ? "train: " : "infer: ") {}

  void accuse(law::Name law, const std::string& detail);
  /// Unless `agreement` holds.
  void expect(law::Name law, const std::string& detail, const Agreement& agreement);
  /// Of every result.
  void expect_same(law::Name law, const std::string& detail, const Results& got, const Results& want);
  void expect_close(law::Name law, const std::string& detail, const Results& got, const Results& want,
                    double tolerance);
  /// What the run found by itself.
  void take_over(const std::string& detail, const LayerRun& run);

 private:
  template <class Agree>
  void each(law::Name law, const std::string& detail, const Results& got, const Results& want, const Agree& agree);

  Breaches& breaches_;
  std::string mode_;
};

}  // namespace cnnctl::testing
