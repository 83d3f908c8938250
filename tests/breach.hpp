// What a layer may be found guilty of: one name for each law that follows from layers/layer.hpp.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace cnnctl::testing {

namespace law {

using Name = std::string_view;

// What a layer says of itself.
constexpr Name kPlanIsPure = "a plan follows from the inputs alone";
constexpr Name kParameters = "parameters have names, shapes and orders that fit";
constexpr Name kMacs = "multiply-adds are those of one sample's forward pass";
constexpr Name kAlgorithm = "an algorithm has no name, one, or three";
constexpr Name kYaml = "what is written as YAML reads back the same";
constexpr Name kSizesInPlace = "in place, output and first input have one size";
constexpr Name kTraits = "traits are true";
constexpr Name kFusion = "a fused layer computes what its layers do one after the other";
// What it touches.
constexpr Name kOwnMemory = "nothing is written beside what was given";
constexpr Name kInputs = "inputs stay as they are";
constexpr Name kTrained = "trained parameters stay as they are";
constexpr Name kStatistics = "statistics change while a training batch is settled, else never";
constexpr Name kSharedScratch = "parts use no shared scratch";
constexpr Name kOtherWorkers = "a worker uses its own scratch";
constexpr Name kAllWritten = "output and gradients are written everywhere";
// What its results may depend on.
constexpr Name kFinite = "results are finite";
constexpr Name kOldMemory = "what memory held before does not matter";
constexpr Name kAddresses = "addresses do not matter";
constexpr Name kWorkers = "workers do not matter";
constexpr Name kState = "earlier runs do not matter";
constexpr Name kPrepared = "in inference prepared once serves all runs";
constexpr Name kParts = "a batch in parts gives the bits of the whole";
constexpr Name kOrder = "the order of parts does not matter";
constexpr Name kSideBySide = "parts may run side by side";
constexpr Name kOwnSamples = "a part sees its own samples alone";
constexpr Name kMixing = "in inference samples do not mix";
constexpr Name kShortBatch = "a batch may be shorter than planned";
constexpr Name kNoStatistics = "training does not depend on statistics";
constexpr Name kRandomKey = "randomness follows from seed, step and layer, in training alone";
constexpr Name kWinograd = "without Winograd's algorithm results are close";
// What backward sees and delivers.
constexpr Name kInputRead = "backward reads the input only if it says so";
constexpr Name kOutputRead = "backward reads the output only if it says so";
constexpr Name kOthersRead = "backward reads no other input than the first";
constexpr Name kInPlace = "forward in place gives the same bits";
constexpr Name kGradientInPlace = "backward in place gives the same bits";
constexpr Name kRecompute = "a cheap output computed again is the same";
constexpr Name kAccumulate = "gradients of inputs are added where told";
constexpr Name kUnwanted = "gradients that nobody wants change nothing";
constexpr Name kFrozen = "a frozen layer changes nothing and has right gradients";
constexpr Name kRows = "the first parameter's gradient may be formed by rows";
constexpr Name kSums = "sums of parameters' gradients may be cut anywhere";
constexpr Name kSumOrder = "a sum has an order of its own";
constexpr Name kGradients = "analytic gradients are the numeric ones";

}  // namespace law

struct Breach {
  law::Name law;
  std::string detail;  // under which circumstances, where, and both values
};
using Breaches = std::vector<Breach>;

inline bool contains(const Breaches& breaches, law::Name law) {
  return std::any_of(breaches.begin(), breaches.end(), [&](const Breach& b) { return b.law == law; });
}

/// One breach a line.
inline std::string text(const Breaches& breaches) {
  std::string all;
  for (const Breach& breach : breaches) all.append("\n  ").append(breach.law).append(": ").append(breach.detail);
  return all;
}

}  // namespace cnnctl::testing
