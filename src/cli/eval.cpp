// cnnctl eval: loss and accuracy of a checkpoint on a split of its data.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"
#include "cli/model.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "experiment/forecast.hpp"
#include "metrics/class_metric.hpp"
#include "train/evaluate.hpp"

namespace cnnctl::cli {
namespace {

struct ClassResult {
  std::int64_t samples = 0, correct = 0;
  double share() const { return samples > 0 ? static_cast<double>(correct) / static_cast<double>(samples) : 0; }
};

struct Chosen {
  std::unique_ptr<Samples> samples;
  std::vector<std::uint32_t> indices;
};

/// The split to measure on where none is asked for: the test split, or without one what validates.
std::string split_of(const EvalOptions& options, const Settings& settings) {
  if (!options.split.empty()) return options.split;
  return !settings.data.format.dataset->has(Split::test) && settings.data.validates() ? "validation" : "test";
}

/// The training data divided as the run had them, if its state lies beside the checkpoint.
TrainingData divided_data(const TrainedModel& model, const Workers& workers) {
  const std::string state = (std::filesystem::path(model.path).parent_path() / "state.safetensors").string();
  if (!exists(state)) return load_training_data(model.experiment, workers);
  try {
    ResumedRun run{model.path, read_state(state)};
    return load_training_data(model.experiment, workers, &run);
  } catch (const OtherData& other) {
    note(fmt::format("warning: {}\n  they are divided anew: samples that were trained on may validate", other.what()));
    return load_training_data(model.experiment, workers);
  }
}

/// Samples of the model's classes, in its numbering.
Chosen choose_samples(const EvalOptions& options, const TrainedModel& model, const Workers& workers) {
  const bool test = options.split == "test";
  if (test || (options.split == "validation" && model.experiment.settings.data.has_own_validation())) {
    std::unique_ptr<Samples> samples =
        load_split(model.experiment, test ? Split::test : Split::validation, model.info.class_names, workers);
    std::vector<std::uint32_t> indices = all_indices(samples->count());
    return {std::move(samples), std::move(indices)};
  }
  TrainingData data = divided_data(model, workers);
  data.samples = match_classes(std::move(data.samples), model.info.class_names, model.path);
  if (options.split == "train") return {std::move(data.samples), std::move(data.partition.train)};
  if (data.partition.validation.empty())
    throw UsageError(
        fmt::format("{} was trained without validation samples (data.validation is 0, and the data has no "
                    "validation split of its own)",
                    model.path));
  return {std::move(data.samples), std::move(data.partition.validation)};
}

/// The first term whose target is classes.
const Term& term_of_classes(const Goal& goal, std::span<const NamedTarget> targets) {
  for (const Term& term : goal.terms)
    if (std::ranges::find(targets, term.target, &NamedTarget::name)->spec.of_classes()) return term;
  throw UsageError("--per-class: the model was not trained to tell classes");
}

std::string text_of(const EvalOptions& options, const TrainedModel& model, const Results& results,
                    const std::vector<ClassResult>& classes) {
  std::string text = fmt::format("{:<12}{}, epoch {}\n{:<12}{}, {} samples\n", "checkpoint", model.path,
                                 model.info.progress.epoch, "split", options.split, with_commas(results.samples));
  for (const Number& number : results.numbers) {
    const std::string value =
        number.share ? fmt::format("{:.2f} %", number.value * 100) : fmt::format("{:.4f}", number.value);
    text += fmt::format("{:<11} {}\n", number.label, value);
  }
  if (!options.per_class) return text;
  text += fmt::format("\n{:<30}{:>10}{:>12}\n", "class", "samples", "top-1");
  for (std::size_t i = 0; i < classes.size(); ++i)
    text += fmt::format("{:<30}{:>10}{:>12}\n", model.info.class_names[i].substr(0, 29), classes[i].samples,
                        classes[i].samples == 0 ? "-" : fmt::format("{:.2f} %", classes[i].share() * 100));
  return text;
}

std::string json_of(const EvalOptions& options, const TrainedModel& model, const Results& results,
                    const std::vector<ClassResult>& classes) {
  nlohmann::ordered_json json = {
      {"schema", "cnnctl.eval/1"}, {"checkpoint", model.path}, {"split", options.split}, {"samples", results.samples}};
  for (const Number& number : results.numbers) json[number.name] = number.value;
  if (options.per_class) {
    for (std::size_t i = 0; i < classes.size(); ++i)
      json["classes"].push_back(
          {{"class", model.info.class_names[i]},
           {"samples", classes[i].samples},
           {"top1", classes[i].samples == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(classes[i].share())}});
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

void setup(CommandLine& line, EvalOptions& options) {
  Command command = line.command("eval", "Measure a trained network on its test, validation or train samples",
                                 [&options] { return run(options); });
  command.text({"checkpoint", "CHECKPOINT", "run folder (its best checkpoint) or checkpoint file", true},
               options.target);
  add_overrides(command, options.overrides);
  command.choice("--split", options.split, "which samples; default: test, or without a test split validation",
                 {{"test", "test"}, {"validation", "validation"}, {"train", "train"}});
  command.flag({"--per-class", "", "accuracy of each class, too"}, options.per_class);
  add_batch_size(command, options.batch_size);
  add_threads(command, options.threads);
  add_text_or_json(command, options.format);
}

int run(const EvalOptions& asked) {
  require_overrides(asked.overrides);
  const TrainedModel model = open_trained(asked.target, asked.overrides);
  EvalOptions options = asked;
  options.split = split_of(asked, model.experiment.settings);
  const Settings& settings = model.experiment.settings;
  const Workers workers(thread_count(options.threads, settings));
  const Chosen chosen = choose_samples(options, model, workers);
  const SampleSpec& spec = chosen.samples->spec();
  const Shape& picture = spec.column(spec.input).shape;
  check_inputs(model.experiment, spec, picture == model.pipeline().picture ? model.pipeline().input : picture);
  const std::vector<NamedTarget> targets = targets_of(batch_spec(spec, model.pipeline()));
  const Goal goal = plan_goal(model.experiment, *model.network, targets);
  const Term* const term = options.per_class ? &term_of_classes(goal, targets) : nullptr;

  const std::int64_t batch_size = options.batch_size.value_or(settings.data.batch_size);
  ProgramPlan plan = plan_within(
      available_memory(), batch_size,
      [&](std::int64_t batch) { return plan_inference(*model.network, workers, settings, batch); },
      [&](const ProgramPlan& planned) { return forecast_inference(*model.network, workers, planned).total(); });
  Loader::Options loading;
  loading.batch_size = batch_size;
  Loader loader(*chosen.samples, chosen.indices, model.pipeline(), loading);
  Program program(std::move(plan), *model.network, workers);

  std::vector<ClassResult> classes(model.info.class_names.size());
  const auto count = [&](std::span<const Output> outputs, const Targets& wanted) {
    if (term == nullptr) return;
    each_row(outputs[term->output].values, wanted.target(term->target),
             [&classes](std::span<const real> channels, std::int32_t label, double) {
               ClassResult& c = classes[static_cast<std::size_t>(label)];
               ++c.samples;
               c.correct += in_top(channels, label, 1);
             });
  };
  Objective objective(goal.terms);
  Meter meter(objective, goal.measures);
  const Results results = *evaluate(program, workers, objective, meter, loader, count);
  require_finite(results, options.split);
  print(options.format == Format::json ? json_of(options, model, results, classes)
                                       : text_of(options, model, results, classes));
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
