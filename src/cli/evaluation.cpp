#include "cli/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/file.hpp"
#include "base/memory.hpp"
#include "cli/output.hpp"
#include "experiment/forecast.hpp"
#include "metrics/class_metric.hpp"
#include "train/evaluate.hpp"
#include "train/session.hpp"
#include "train/training_data.hpp"

namespace cnnctl::cli {
namespace {

struct Chosen {
  std::unique_ptr<Samples> samples;
  std::vector<std::uint32_t> indices;
};

/// The split to measure on where none is asked for.
std::string split_of(const EvaluationRequest& request, const Settings& settings) {
  if (!request.split.empty()) return request.split;
  return !settings.data.format.dataset->has(Split::test) && settings.data.validates() ? "validation" : "test";
}

/// The training data divided as the run had them, if its state lies beside the checkpoint.
TrainingData divided_data(const TrainedModel& model, const Workers& workers) {
  const std::filesystem::path state = std::filesystem::path(model.path).parent_path() / "state.safetensors";
  if (model.is_foreign || !exists(state)) return load_training_data(model.experiment, workers);
  try {
    ResumedRun run{model.path, read_state(state.string())};
    return load_training_data(model.experiment, workers, &run);
  } catch (const OtherData& other) {
    note(fmt::format("warning: {}\n  they are divided anew: samples that were trained on may validate", other.what()));
    return load_training_data(model.experiment, workers);
  }
}

/// Samples of the model's classes, in its numbering.
Chosen choose_samples(const std::string& split, const TrainedModel& model, const Workers& workers) {
  const bool test = split == "test";
  if (test || (split == "validation" && model.experiment.settings.data.has_own_validation())) {
    std::unique_ptr<Samples> samples =
        load_split(model.experiment, test ? Split::test : Split::validation, model.info.class_names, workers);
    std::vector<std::uint32_t> indices = all_indices(samples->count());
    return {std::move(samples), std::move(indices)};
  }
  TrainingData data = divided_data(model, workers);
  data.samples = match_classes(std::move(data.samples), model.info.class_names, model.path);
  if (split == "train") return {std::move(data.samples), std::move(data.partition.train)};
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

}  // namespace

Evaluation evaluate(const TrainedModel& model, const EvaluationRequest& request) {
  const Settings& settings = model.experiment.settings;
  Evaluation evaluation{model.path, std::nullopt, split_of(request, settings), {}, {}};
  if (!model.is_foreign) evaluation.epoch = model.info.progress.epoch;
  const Workers workers(thread_count(request.threads, settings));
  const Chosen chosen = choose_samples(evaluation.split, model, workers);
  const SampleSpec& spec = chosen.samples->spec();
  const Shape& picture = spec.column(spec.input).shape;
  check_inputs(model.experiment, spec, picture == model.pipeline().picture ? model.pipeline().input : picture);
  const std::vector<NamedTarget> targets = targets_of(batch_spec(spec, model.pipeline()));
  const Goal goal = plan_goal(model.experiment, *model.network, targets);
  const Term* const term = request.per_class ? &term_of_classes(goal, targets) : nullptr;
  if (term != nullptr)
    for (const std::string& name : spec.class_names) evaluation.classes.push_back({name});

  const std::int64_t batch_size = request.batch_size.value_or(settings.data.batch_size);
  ProgramPlan plan = plan_within(
      available_memory(), batch_size,
      [&](std::int64_t batch) { return plan_inference(*model.network, workers, settings, batch); },
      [&](const ProgramPlan& planned) { return forecast_inference(*model.network, workers, planned).total(); },
      [&](const ProgramPlan& planned) { return largest_need(*model.network, settings, planned, 0); });
  Loader::Options loading;
  loading.batch_size = batch_size;
  Loader loader(*chosen.samples, chosen.indices, model.pipeline(), loading);
  Program program(std::move(plan), *model.network, workers);
  const auto count = [&](std::span<const Output> outputs, const Targets& wanted) {
    if (term == nullptr) return;
    each_row(outputs[term->output].values, wanted.target(term->target),
             [&evaluation](std::span<const real> channels, std::int32_t label, double) {
               ClassResult& c = evaluation.classes[static_cast<std::size_t>(label)];
               ++c.samples;
               c.correct += in_top(channels, label, 1);
             });
  };
  Objective objective(goal.terms);
  Meter meter(objective, goal.measures);
  evaluation.results = *cnnctl::evaluate(program, workers, objective, meter, loader, count);
  require_finite(evaluation.results, evaluation.split);
  return evaluation;
}

}  // namespace cnnctl::cli
