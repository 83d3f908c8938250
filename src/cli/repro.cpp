// cnnctl repro and cnnctl replay: a run's first steps again, or those that led to a NaN, compared to the bit.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/nan.hpp"
#include "base/text.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "observe/observer.hpp"
#include "train/reproduce.hpp"

namespace cnnctl::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kStepsShown = 12;

int exit_code(bool same) { return static_cast<int>(same ? ExitCode::done : ExitCode::not_reproducible); }

std::string change_lines(const std::vector<std::string>& changes) {
  std::string text;
  for (const std::string& change : changes) text += fmt::format("{:<10}{}\n", "changed", change);
  return text;
}

std::string verdict(const Reproduction& r) {
  if (r.same()) return fmt::format("same bits after {}\n", counted(r.points.back().step, "step"));
  if (r.points.empty()) return "not the same run: nothing was compared\n";
  const std::string step = r.points.back().step == 0 ? "before the first step: a seed or first weights differ"
                                                     : fmt::format("after step {}", r.points.back().step);
  return fmt::format(
      "other bits {}{}\n", step,
      r.changes.empty() ? "; nothing that is known of has changed: a fault of the machine, or of cnnctl" : "");
}

std::string text_of(const std::string& run, const Reproduction& r) {
  std::string text = fmt::format("{:<10}{}\n{:>8}  {:<18}{}\n", "run", run, "step", "weights then", "now");
  for (const Reproduction::Point& p : r.points)
    text += fmt::format("{:>8}  {:<18}{}{}\n", p.step, p.then, p.now, p.same() ? "" : "  *");
  return text + change_lines(r.changes) + verdict(r);
}

std::string json_of(const std::string& run, const Reproduction& r) {
  Json json = {{"schema", "cnnctl.repro/1"}, {"run", run}, {"same", r.same()}, {"points", Json::array()}};
  for (const Reproduction::Point& p : r.points)
    json["points"].push_back({{"step", p.step}, {"then", p.then}, {"now", p.now}, {"same", p.same()}});
  json["changes"] = r.changes;
  return json_page(json);
}

std::string what_was_met(const NanFacts& facts) {
  switch (facts.what) {
    case NanFacts::What::loss:
      return fmt::format("a loss of {}", loss_text(facts.loss));
    case NanFacts::What::weights:
      return "a weight that is not finite";
    case NanFacts::What::validation:
      return "a loss of the validation samples that is not finite";
  }
  return "";
}

std::string text_of(const std::string& bundle, const Replay& r) {
  std::string text = fmt::format("{:<10}{}\n{:<10}{} at epoch {}, step {}\n", "bundle", bundle, "met",
                                 what_was_met(r.facts), r.facts.epoch, r.facts.step);
  text += fmt::format("{:>8}{:>12}{:>12}{:>16}  {}\n", "step", "rate", "loss", "largest weight", "of");
  const std::size_t first = r.steps.size() > kStepsShown ? r.steps.size() - kStepsShown : 0;
  if (first > 0) text += fmt::format("{:>8}  {} before\n", "...", counted(static_cast<std::int64_t>(first), "step"));
  for (std::size_t i = first; i < r.steps.size(); ++i) {
    const Replay::Step& s = r.steps[i];
    text += fmt::format("{:>8}{:>12.4g}{:>12}{:>16.4g}  {}\n", s.step, s.lr, loss_text(s.loss), s.largest,
                        s.not_finite.empty() ? fitted(s.of, 28) : fitted(s.not_finite, 15) + " not finite");
  }
  return text + change_lines(r.changes) +
         (r.same ? "same bits: loss and weights are those of the run\n" : "other bits than those of the run\n");
}

std::string json_of(const std::string& bundle, const Replay& r) {
  Json json = {{"schema", "cnnctl.replay/1"}, {"bundle", bundle}, {"same", r.same}, {"message", r.facts.message}};
  for (const Replay::Step& s : r.steps)
    json["steps"].push_back({{"step", s.step},
                             {"lr", s.lr},
                             {"loss", s.loss},
                             {"largest_weight", s.largest},
                             {"of", s.of},
                             {"not_finite", s.not_finite}});
  json["weights_hash"] = r.weights_hash;
  json["changes"] = r.changes;
  return json_page(json);
}

}  // namespace

void setup(CommandLine& line, ReproOptions& options) {
  Command command = line.command("repro", "Run the first steps of a run again and compare every bit",
                                 [&options] { return run(options); });
  ReproductionRequest& request = options.request;
  command.text({"run", "RUN", "folder of a run", true}, request.run);
  add_overrides(command, request.overrides);
  command.whole({"--steps", "N", "how many steps at most; default: 16"}, request.steps, 0, std::int64_t{1} << 40);
  add_threads(command, request.threads);
  add_text_or_json(command, options.format);
}

int run(const ReproOptions& options) {
  require_overrides(options.request.overrides);
  const Reproduction result = reproduce(options.request, note);
  print(options.format == Format::json ? json_of(options.request.run, result) : text_of(options.request.run, result));
  return exit_code(result.same());
}

void setup(CommandLine& line, ReplayOptions& options) {
  Command command = line.command("replay", "Run into a NaN again, step by step", [&options] { return run(options); });
  command.text({"bundle", "RUN/nan", "what a training left that met a number which is not finite", true},
               options.bundle);
  add_overrides(command, options.overrides);
  add_threads(command, options.threads);
  add_text_or_json(command, options.format);
}

int run(const ReplayOptions& options) {
  require_overrides(options.overrides);
  const Replay result = replay(options.bundle, options.overrides, options.threads, note);
  print(options.format == Format::json ? json_of(options.bundle, result) : text_of(options.bundle, result));
  return exit_code(result.same);
}

}  // namespace cnnctl::cli
