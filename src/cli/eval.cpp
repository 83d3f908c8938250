// cnnctl eval: loss and accuracy of a checkpoint on a split of its data.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "cli/model.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "experiment/forecast.hpp"
#include "experiment/program_options.hpp"
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

Chosen choose_samples(const EvalOptions& options, const TrainedModel& model, const Workers& workers) {
  if (options.split == "test") {
    std::unique_ptr<Samples> samples = load_test_samples(model.experiment, model.info.class_names, workers);
    std::vector<std::uint32_t> indices = all_indices(samples->count());
    return {std::move(samples), std::move(indices)};
  }
  TrainingData data = load_training_data(model.experiment, workers);
  data.samples = match_classes(std::move(data.samples), model.info.class_names, model.path);
  if (options.split == "train") return {std::move(data.samples), std::move(data.partition.train)};
  if (data.partition.validation.empty())
    throw UsageError(fmt::format("{} was trained without validation samples (data.validation is 0)", model.path));
  return {std::move(data.samples), std::move(data.partition.validation)};
}

std::string text_of(const EvalOptions& options, const TrainedModel& model, const Metrics& metrics,
                    const std::vector<ClassResult>& classes) {
  std::string text = fmt::format("{:<12}{}, epoch {}\n{:<12}{}, {} samples\n{:<12}{:.4f}\n{:<12}{:.2f} %\n",
                                 "checkpoint", model.path, model.info.progress.epoch, "split", options.split,
                                 with_commas(metrics.samples), "loss", metrics.loss, "top-1", metrics.top1 * 100);
  if (metrics.top5) text += fmt::format("{:<12}{:.2f} %\n", "top-5", *metrics.top5 * 100);
  if (!options.per_class) return text;
  text += fmt::format("\n{:<30}{:>10}{:>12}\n", "class", "samples", "top-1");
  for (std::size_t i = 0; i < classes.size(); ++i)
    text += fmt::format("{:<30}{:>10}{:>10.2f} %\n", model.info.class_names[i].substr(0, 29), classes[i].samples,
                        classes[i].share() * 100);
  return text;
}

std::string json_of(const EvalOptions& options, const TrainedModel& model, const Metrics& metrics,
                    const std::vector<ClassResult>& classes) {
  nlohmann::ordered_json json = {{"schema", "cnnctl.eval/1"},  {"checkpoint", model.path}, {"split", options.split},
                                 {"samples", metrics.samples}, {"loss", metrics.loss},     {"top1", metrics.top1}};
  if (metrics.top5) json["top5"] = *metrics.top5;
  if (options.per_class) {
    for (std::size_t i = 0; i < classes.size(); ++i)
      json["classes"].push_back(
          {{"class", model.info.class_names[i]}, {"samples", classes[i].samples}, {"top1", classes[i].share()}});
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
  command.choice("--split", options.split, "which samples; default: test",
                 {{"test", "test"}, {"validation", "validation"}, {"train", "train"}});
  command.flag({"--per-class", "", "accuracy of each class, too"}, options.per_class);
  add_batch_size(command, options.batch_size);
  add_threads(command, options.threads);
  add_text_or_json(command, options.format);
}

int run(const EvalOptions& options) {
  require_overrides(options.overrides);
  const TrainedModel model = open_trained(options.target, options.overrides);
  const Settings& settings = model.experiment.settings;
  const Workers workers(thread_count(options.threads, settings));
  const Chosen chosen = choose_samples(options, model, workers);
  const SampleSpec& spec = chosen.samples->spec();
  const Shape& picture = spec.column(spec.input).shape;
  check_against_data(model.experiment, model.network->output(),
                     picture == model.pipeline().picture ? model.pipeline().input : picture,
                     static_cast<std::int64_t>(model.info.class_names.size()));

  const std::int64_t batch_size = options.batch_size.value_or(settings.data.batch_size);
  require_memory(available_memory(), batch_size, [&](std::int64_t batch) {
    return forecast_inference(*model.network, workers, settings, batch).total();
  });
  Loader::Options loading;
  loading.batch_size = batch_size;
  Loader loader(*chosen.samples, chosen.indices, model.pipeline(), loading);
  Program program(*model.network, workers, program_options(settings, Mode::infer, batch_size));

  std::vector<ClassResult> classes(model.info.class_names.size());
  const auto count = [&](ConstView outputs, std::span<const std::int32_t> labels) {
    const auto features = static_cast<std::size_t>(outputs.shape.count());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      ClassResult& c = classes[static_cast<std::size_t>(labels[i])];
      ++c.samples;
      c.correct += in_top({outputs.data + i * features, features}, labels[i], 1);
    }
  };
  const Metrics metrics = *evaluate(program, workers, *settings.loss, loader, count);
  print(options.format == Format::json ? json_of(options, model, metrics, classes)
                                       : text_of(options, model, metrics, classes));
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
