// cnnctl eval: loss and metrics of checkpoints on a split of their data; of one in full, of several as a table.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/effects.hpp"
#include "cli/evaluation.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace cnnctl::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What came of one target.
struct Outcome {
  std::string target;
  std::optional<Evaluation> evaluation;
  std::string error;  // if there is none
  ExitCode code = ExitCode::done;
};

std::string value_text(const Number& number) {
  return number.share ? fmt::format("{:.2f} %", number.value * 100) : fmt::format("{:.4f}", number.value);
}

std::string class_table(const Evaluation& e) {
  std::string text = fmt::format("\n{:<30}{:>10}{:>12}\n", "class", "samples", "top-1");
  for (const ClassResult& c : e.classes)
    text += fmt::format("{:<30}{:>10}{:>12}\n", c.name.substr(0, 29), c.samples,
                        c.samples == 0 ? "-" : fmt::format("{:.2f} %", c.share() * 100));
  return text;
}

std::string text_of(const Evaluation& e) {
  std::string text =
      fmt::format("{:<12}{}{}\n{:<12}{}, {} samples\n", e.epoch ? "checkpoint" : "weights", e.checkpoint,
                  e.epoch ? fmt::format(", epoch {}", *e.epoch) : "", "split", e.split, with_commas(e.results.samples));
  for (const Number& number : e.results.numbers) text += fmt::format("{:<11} {}\n", number.label, value_text(number));
  return e.classes.empty() ? text : text + class_table(e);
}

/// One line a target, at most 80 columns: metrics that find no room are left out.
std::string table_of(const std::vector<Outcome>& outcomes) {
  constexpr std::size_t kWidth = 80, kEpoch = 7, kLeastName = 16;
  struct Column {
    std::string name, label;
    std::size_t width;
  };
  std::vector<Column> columns;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.evaluation) continue;
    for (const Number& number : outcome.evaluation->results.numbers) {
      auto at = std::ranges::find(columns, number.name, &Column::name);
      if (at == columns.end()) at = columns.insert(at, {number.name, number.label, number.label.size() + 2});
      at->width = std::max(at->width, value_text(number).size() + 2);
    }
  }
  std::size_t used = kEpoch, shown = 0;
  while (shown < columns.size() && used + columns[shown].width + kLeastName <= kWidth) used += columns[shown++].width;
  std::size_t longest = std::string_view("run").size();
  for (const Outcome& outcome : outcomes) longest = std::max(longest, outcome.target.size());
  const std::size_t names = std::min(longest, kWidth - used);
  std::string text = fmt::format("{:<{}}{:>{}}", "run", names, "epoch", kEpoch);
  for (std::size_t c = 0; c < shown; ++c) text += fmt::format("{:>{}}", columns[c].label, columns[c].width);
  for (const Outcome& outcome : outcomes) {
    const std::optional<Evaluation>& e = outcome.evaluation;
    text += fmt::format("\n{:<{}}{:>{}}", fitted(outcome.target, names), names,
                        e && e->epoch ? std::to_string(*e->epoch) : "-", kEpoch);
    for (std::size_t c = 0; c < shown; ++c) {
      std::string cell = "-";
      if (e)
        for (const Number& number : e->results.numbers)
          if (number.name == columns[c].name) cell = value_text(number);
      text += fmt::format("{:>{}}", cell, columns[c].width);
    }
  }
  return text + "\n";
}

std::string text_of(const std::vector<Outcome>& outcomes) {
  if (outcomes.size() == 1) return outcomes[0].evaluation ? text_of(*outcomes[0].evaluation) : "";
  std::string text = table_of(outcomes);
  for (const Outcome& outcome : outcomes)
    if (outcome.evaluation && !outcome.evaluation->classes.empty())
      text += fmt::format("\n{}{}", outcome.target, class_table(*outcome.evaluation));
  return text;
}

/// Adds what was found to an object.
void add(Json& json, const Evaluation& e) {
  json[e.epoch ? "checkpoint" : "weights"] = e.checkpoint;
  if (e.epoch) json["epoch"] = *e.epoch;
  json["split"] = e.split;
  json["samples"] = e.results.samples;
  for (const Number& number : e.results.numbers) json[number.name] = number.value;
  for (const ClassResult& c : e.classes)
    json["classes"].push_back(
        {{"class", c.name}, {"samples", c.samples}, {"top1", c.samples == 0 ? Json() : Json(c.share())}});
}

std::string json_of(const std::vector<Outcome>& outcomes) {
  Json json = {{"schema", "cnnctl.eval/1"}};
  if (outcomes.size() == 1) {
    if (!outcomes[0].evaluation) return "";
    add(json, *outcomes[0].evaluation);
  } else {
    for (const Outcome& outcome : outcomes) {
      Json& run = json["runs"].emplace_back(Json{{"run", outcome.target}});
      if (outcome.evaluation) {
        add(run, *outcome.evaluation);
      } else {
        run["error"] = outcome.error;
        run["exit_code"] = static_cast<int>(outcome.code);
      }
    }
  }
  return json_page(json);
}

/// Measures one; what is wrong with it is told at once.
Outcome outcome_of(const std::string& target, const EvalOptions& options) {
  Outcome outcome;
  outcome.target = target;
  try {
    const TrainedModel model = options.weights.empty() ? open_trained(target, options.overrides)
                                                       : open_weights(target, options.weights, options.overrides,
                                                                      options.request.threads, true);
    outcome.evaluation = evaluate(model, options.request);
  } catch (const Error& error) {
    note(error.what());
    outcome.error = error.what();
    outcome.code = error.code();
  }
  return outcome;
}

}  // namespace

void setup(CommandLine& line, EvalOptions& options) {
  Command command = line.command("eval", "Measure trained networks on their test, validation or train samples",
                                 [&options] { return run(options); });
  command.texts({"checkpoint", "CHECKPOINT... [KEY=VALUE...]",
                 "run folders (their best checkpoint) or checkpoint files, of several a table; with --weights a "
                 "configuration; and changes of the configuration, such as data.path=/elsewhere",
                 true},
                options.targets);
  add_set(command, options.overrides);
  add_weights(command, options.weights);
  EvaluationRequest& request = options.request;
  command.choice("--split", request.split, "which samples; default: test, or without a test split validation",
                 {{"test", "test"}, {"validation", "validation"}, {"train", "train"}});
  command.flag({"--per-class", "", "accuracy of each class, too"}, request.per_class);
  add_batch_size(command, request.batch_size);
  add_threads(command, request.threads);
  add_text_or_json(command, options.format);
}

int run(const EvalOptions& asked) {
  EvalOptions options = asked;
  take_overrides(options.targets, options.overrides);
  if (options.targets.empty()) throw UsageError("eval needs a run folder or a checkpoint (see cnnctl eval --help)");
  const bool foreign = !options.weights.empty();
  if (foreign && options.targets.size() > 1)
    throw UsageError("--weights goes with one configuration, and there are " + std::to_string(options.targets.size()));
  require_effect(foreign ? Uses::eval_weights : Uses::eval, options.overrides);
  std::vector<Outcome> outcomes;
  for (const std::string& target : options.targets) outcomes.push_back(outcome_of(target, options));
  print(options.format == Format::json ? json_of(outcomes) : text_of(outcomes));
  const auto failed = std::ranges::find_if(outcomes, [](const Outcome& o) { return o.code != ExitCode::done; });
  return static_cast<int>(failed == outcomes.end() ? ExitCode::done : failed->code);
}

}  // namespace cnnctl::cli
