#include "train/reproduce.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "train/history.hpp"
#include "train/rehearsal.hpp"
#include "train/run_dir.hpp"

namespace cnnctl {
namespace {

RunSource source_of(const std::string& folder, const std::vector<std::string>& overrides,
                    const std::optional<int>& threads) {
  RunSource source;
  source.resume = folder;
  source.overrides = overrides;
  source.threads = threads;
  return source;
}

/// The first line of a message, without where and what every one begins with.
std::string gist(std::string message) {
  message = message.substr(0, message.find('\n'));
  constexpr std::string_view kError = "error: ";
  const std::size_t at = message.find(kError);
  return at == std::string::npos ? message : message.substr(at + kError.size());
}

/// Ends the program's work at a signal; nothing is lost, since nothing was kept.
void obey_signals() {
  if (Interrupt::requested() != 0) end_by_signal(Interrupt::requested());
}

std::pair<double, std::string> largest_weight(const Network& network) {
  std::pair<double, std::string> largest{0, ""};
  for (const NamedParameter& parameter : network.parameters()) {
    const std::int64_t count = parameter.parameter.count();
    for (std::int64_t i = 0; i < count; ++i) {
      const double value = std::abs(static_cast<double>(parameter.values[i]));
      if (value > largest.first) largest = {value, parameter.name};
    }
  }
  return largest;
}

/// Whether rates follow results that steps alone do not give.
bool follows_unknown(const PreparedRun& run, const TrainingProgress& at) {
  return run.settings().lr_scheduler->follows_results() && (at.epoch > 1 || (at.epoch == 1 && at.step_in_epoch > 0));
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

}  // namespace

bool Reproduction::same() const {
  return !points.empty() && std::all_of(points.begin(), points.end(), [](const Point& p) { return p.same(); });
}

Reproduction reproduce(const ReproductionRequest& request, const Note& note) {
  RunDir::require_run(request.run);
  const RunHistory history = read_history(request.run);
  if (history.points.empty())
    throw UsageError(fmt::format("{}/events.jsonl tells no hash of weights to compare with", request.run));
  Reproduction result;
  result.changes = differences(history.began, environment());
  std::vector<std::string> overrides = request.overrides;
  if (history.epochs > 0) overrides.push_back(fmt::format("train.epochs={}", history.epochs));  // a schedule's measure

  const Interrupt interrupt;
  std::optional<PreparedRun> run;
  try {
    run.emplace(source_of(request.run, overrides, request.threads), note);
  } catch (const ConfigError& error) {
    result.changes.push_back("config: " + gist(error.what()));
    return result;
  } catch (const Error& error) {
    if (error.code() != ExitCode::data) throw;
    result.changes.push_back("data: " + gist(error.what()));
    return result;
  }
  Rehearsal rehearsal(*run, run->workers);
  rehearsal.begin(note);
  for (const RunHistory::Point& point : history.points) {
    if (point.step > request.steps) break;
    while (rehearsal.progress().step < point.step && !rehearsal.is_over()) {
      rehearsal.step();
      obey_signals();
    }
    if (rehearsal.progress().step != point.step || follows_unknown(*run, rehearsal.progress())) break;
    result.points.push_back({point.step, point.weights_hash, hex(run->network.hash())});
    if (!result.points.back().same()) break;  // nothing after it can be
  }
  return result;
}

Replay replay(const std::string& bundle, const std::vector<std::string>& overrides, const std::optional<int>& threads,
              const Note& note) {
  Replay result;
  result.facts = read_nan_bundle(bundle);
  result.changes = differences(result.facts.environment, environment());
  const Interrupt interrupt;
  PreparedRun run(source_of(bundle, overrides, threads), note);
  Rehearsal rehearsal(run, run.workers);
  rehearsal.go_on_from(RunDir::state_of(bundle));
  double loss = 0;
  while (rehearsal.progress().step < result.facts.step && !rehearsal.is_over()) {
    Replay::Step step;
    step.lr = rehearsal.rate();
    step.step = rehearsal.progress().step + 1;
    step.loss = loss = rehearsal.step(true);
    std::tie(step.largest, step.of) = largest_weight(run.network);
    step.not_finite = run.network.first_nonfinite();
    result.steps.push_back(std::move(step));
    if (!std::isfinite(loss)) break;
    obey_signals();
  }
  result.weights_hash = hex(run.network.hash());
  result.same = !result.steps.empty() && result.steps.back().step == result.facts.step &&
                same_bits(loss, result.facts.loss) && result.weights_hash == result.facts.weights_hash;
  return result;
}

}  // namespace cnnctl
