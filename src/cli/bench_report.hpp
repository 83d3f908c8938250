// What `cnnctl bench` found, as text and as JSON. Knows columns and keys; measures nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/benchmark.hpp"
#include "cli/bench_compare.hpp"

namespace cnnctl::cli {

/// One combination of threads and batch size.
struct BenchRun {
  BenchSize size;
  BenchmarkResult result;
  std::optional<double> limit;  // of the machine with these threads, GFLOP/s
};

struct BenchReport {
  std::string name, loss, optimizer;
  std::vector<BenchRun> runs;
  std::optional<Comparison> comparison;
};

/// At most 80 columns.
std::string text_of(const BenchReport& report);
/// The object of schema cnnctl.bench/1: one run's figures in it, or those of several in "runs".
std::string json_of(const BenchReport& report);

}  // namespace cnnctl::cli
