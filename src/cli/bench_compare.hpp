// Speed now against speed then: what an earlier `cnnctl bench --format json` wrote. Knows its keys; measures nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/benchmark.hpp"

namespace cnnctl::cli {

/// What a measurement was made with.
struct BenchSize {
  int threads = 1;
  std::int64_t batch_size = 1;

  bool operator==(const BenchSize&) const = default;
};

struct EarlierRun {
  BenchSize size;
  Timing train, forward;  // least_ms is 0 if the file does not tell
};

/// The runs in `file` for network `name` that have one of the sizes. Throws IoError if there is no file; DataError if
/// it is not the JSON of a bench, is another network's, or has none of the sizes.
std::vector<EarlierRun> read_earlier(const std::string& file, const std::string& name,
                                     std::span<const BenchSize> sizes);

/// Time now / time then: above 1 is slower.
struct SpeedRatio {
  BenchSize size;
  double train = 1, forward = 1;
};

struct Comparison {
  std::string file;
  double tolerance = 0.1;
  std::vector<SpeedRatio> ratios;

  bool slower(const SpeedRatio& r) const { return std::max(r.train, r.forward) > 1 + tolerance; }
  /// Whether anything became slower beyond the tolerance.
  bool regressed() const;
};

/// Compares the least times (see Timing), or the medians if the file has no least ones.
SpeedRatio compare(const EarlierRun& then, const BenchmarkResult& now);

}  // namespace cnnctl::cli
