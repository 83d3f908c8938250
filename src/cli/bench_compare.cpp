#include "cli/bench_compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace cnnctl::cli {
namespace {

using nlohmann::json;

Timing timing_of(const json& object) {
  const Timing timing{object.at("median_ms").get<double>(), object.value("least_ms", 0.0)};
  if (!(timing.median_ms > 0) || !(timing.least_ms >= 0)) throw std::domain_error("a time is not above 0");
  return timing;
}

EarlierRun run_of(const json& object) {
  return {{object.at("threads").get<int>(), object.at("batch_size").get<std::int64_t>()},
          timing_of(object.at("train")),
          timing_of(object.at("forward"))};
}

std::vector<EarlierRun> runs_of(const json& document) {
  if (!document.contains("runs")) return {run_of(document)};
  std::vector<EarlierRun> runs;
  for (const json& run : document.at("runs")) runs.push_back(run_of(run));
  return runs;
}

std::string words(const BenchSize& size) {
  return fmt::format("{} with batch size {}", counted(size.threads, "thread"), size.batch_size);
}

json parse(const std::string& file) {
  constexpr std::uint64_t kLargest = std::uint64_t{64} << 20;
  json document = json::parse(read_file(file, kLargest), nullptr, false);
  if (document.is_discarded()) throw DataError(file, "is not JSON; `cnnctl bench CONFIG --format json` writes it");
  const std::string schema = document.is_object() && document.contains("schema") && document["schema"].is_string()
                                 ? document["schema"].get<std::string>()
                                 : "none";
  if (schema != "cnnctl.bench/1")
    throw DataError(file, fmt::format("has schema '{}', expected 'cnnctl.bench/1'", schema));
  return document;
}

/// The least times if both sides have them, else the medians.
double ratio(const Timing& then, const Timing& now) {
  return then.least_ms > 0 ? now.least_ms / then.least_ms : now.median_ms / then.median_ms;
}

}  // namespace

std::vector<EarlierRun> read_earlier(const std::string& file, const std::string& name,
                                     std::span<const BenchSize> sizes) {
  const json document = parse(file);
  std::vector<EarlierRun> runs;
  std::string measured;
  try {
    measured = document.value("name", name);
    runs = runs_of(document);
  } catch (const std::exception& error) {  // a missing key, another type, a time of 0
    throw DataError(file, fmt::format("is not a whole result of a bench: {}", error.what()));
  }
  if (measured != name) throw DataError(file, fmt::format("measures '{}', not '{}'", measured, name));
  std::string sizes_there;
  for (const EarlierRun& run : runs) sizes_there += (sizes_there.empty() ? "" : ", ") + words(run.size);
  std::erase_if(runs, [&](const EarlierRun& run) { return std::ranges::count(sizes, run.size) == 0; });
  if (runs.empty())
    throw DataError(file, fmt::format("has nothing to compare {} with; it has {}", words(sizes.front()),
                                      sizes_there.empty() ? "no runs" : sizes_there));
  return runs;
}

bool Comparison::regressed() const {
  return std::ranges::any_of(ratios, [this](const SpeedRatio& r) { return slower(r); });
}

SpeedRatio compare(const EarlierRun& then, const BenchmarkResult& now) {
  return {then.size, ratio(then.train, now.train), ratio(then.forward, now.forward)};
}

}  // namespace cnnctl::cli
