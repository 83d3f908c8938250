// Runs that are done again: the first steps of any, and the last ones of a training that met a NaN.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "train/nan_bundle.hpp"
#include "train/prepared_run.hpp"

namespace cnnctl {

struct ReproductionRequest {
  std::string run;                     // folder
  std::vector<std::string> overrides;  // where the data lie now
  std::optional<int> threads;
  std::int64_t steps = 16;  // how many at most
};

struct Reproduction {
  /// The weights after a step, 0: before the first. Hashes.
  struct Point {
    std::int64_t step = 0;
    std::string then, now;
    bool same() const { return then == now; }
  };
  std::vector<Point> points;
  /// What is not as it was, a line each: "vectors: AVX3 then, AVX2 now", "data: ...".
  std::vector<std::string> changes;
  /// Every point that there is to compare is the same, and there is at least one.
  bool same() const;
};

/// Begins the run again, without a folder, and compares weights where events.jsonl tells their hash. Data or a
/// configuration that are not those of the run are changes, with no point behind them. Throws UsageError if the folder
/// holds no run, or one that tells nothing.
Reproduction reproduce(const ReproductionRequest& request, const Note& note);

struct Replay {
  struct Step {
    std::int64_t step = 0;  // from 1
    double loss = 0, lr = 0;
    double largest = 0;      // of all |weights| after it
    std::string of;          // the parameter that has it
    std::string not_finite;  // the first parameter that is not, or empty
  };
  NanFacts facts;
  std::vector<Step> steps;  // all since the last save
  std::string weights_hash;
  std::vector<std::string> changes;  // as in Reproduction
  bool same = false;                 // loss and weights are those of the run, to the bit
};

/// Goes on from the training state in the bundle until the step that it tells of.
Replay replay(const std::string& bundle, const std::vector<std::string>& overrides, const std::optional<int>& threads,
              const Note& note);

}  // namespace cnnctl
