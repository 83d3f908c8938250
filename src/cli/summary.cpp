// cnnctl summary: layers, shapes, parameters, multiply-adds, receptive fields and memory, before any run.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/effects.hpp"
#include "cli/model.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "experiment/forecast.hpp"
#include "model/receptive_field.hpp"

namespace cnnctl::cli {
namespace {

struct Summary {
  std::int64_t batch = 0, macs = 0;
  std::optional<Outline> samples;  // to train on, if the configuration or a file's header tells
  MemoryForecast train, infer;
};

/// Without the blanks at its end.
std::string trimmed(std::string line) { return line.substr(0, line.find_last_not_of(' ') + 1); }

/// "427", or of axes that differ "427x211".
template <class Number>
std::string axes_text(const std::vector<Number>& numbers) {
  std::vector<double> shown(numbers.begin(), numbers.end());
  if (std::ranges::count(shown, shown.front()) == std::ssize(shown)) shown.resize(1);
  return fmt::format("{:.6g}", fmt::join(shown, "x"));
}

/// "427/32": size and stride.
std::string field_text(const ReceptiveField& field) {
  if (field.size.empty()) return "";
  return field.whole ? "all" : fmt::format("{}/{}", axes_text(field.size), axes_text(field.stride));
}

/// "427x427 every 32x32 at layer4.2.relu_3, then all of the input"
std::string last_field(const Network& network, const std::vector<ReceptiveField>& fields) {
  const std::optional<std::size_t> at = last_with_positions(network, fields);
  std::string text;
  if (at)
    text = fmt::format("{} every {:.4g} at {}", fmt::join(fields[*at].size, "x"), fmt::join(fields[*at].stride, "x"),
                       network.layers()[*at].name);
  const bool whole = std::ranges::any_of(network.outputs(), [&](std::size_t output) { return fields[output].whole; });
  return text + (whole ? at ? ", then all of the input" : "all of the input" : "");
}

std::string text_of(const Experiment& experiment, const Network& network, const Summary& s) {
  std::string text = fmt::format("{}: input {}\n\n{:<22}{:<17}{:>12}{:>12}{:>8}{:>9}\n", experiment.settings.name,
                                 network.input().str(), "layer", "type", "output", "params", "MACs", "field");
  const std::vector<ReceptiveField> fields = receptive_fields(network);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const LayerInfo& layer = network.layers()[i];
    text += trimmed(fmt::format("{:<22}{:<17}{:>12}{:>12}{:>8}{:>9}", fitted(layer.name, 21), fitted(layer.type, 16),
                                layer.output.str(), layer.parameter_count > 0 ? with_commas(layer.parameter_count) : "",
                                layer.macs > 0 ? human_count(static_cast<std::uint64_t>(layer.macs)) : "",
                                field_text(fields[i]))) +
            "\n";
  }
  const std::int64_t frozen = network.frozen_count();
  text += fmt::format("\n{:<12}{} ({}){}\n{:<12}{} a sample\n", "parameters", with_commas(network.trainable_count()),
                      human_bytes(static_cast<std::uint64_t>(network.trainable_count()) * sizeof(real)),
                      frozen > 0 ? fmt::format(", {} of them frozen", with_commas(frozen)) : "", "MACs",
                      human_count(static_cast<std::uint64_t>(s.macs)));
  if (const std::string field = last_field(network, fields); !field.empty())
    text += fmt::format("{:<12}{}\n", "field", field);
  text += fmt::format("{:<12}{} to train, {} to infer{}\n{:<12}{}\n", "memory", human_bytes(s.train.total()),
                      human_bytes(s.infer.total()), s.samples ? "" : ", samples not counted", "batch size", s.batch);
  return text;
}

/// The stride is null where a layer joins all positions.
nlohmann::ordered_json json_field(const ReceptiveField& field) {
  nlohmann::ordered_json json = {{"size", field.size}, {"stride", field.stride}};
  if (field.whole) json["stride"] = nullptr;
  return json;
}

nlohmann::ordered_json parts(const MemoryForecast& m) {
  return {{"network_bytes", m.network},     {"optimizer_bytes", m.optimizer}, {"training_bytes", m.training},
          {"inference_bytes", m.inference}, {"samples_bytes", m.samples},     {"fixed_bytes", m.fixed}};
}

std::string json_of(const Experiment& experiment, const Network& network, const Summary& s) {
  nlohmann::ordered_json json = {{"schema", "cnnctl.summary/1"}, {"name", experiment.settings.name}};
  json["input"] = network.input().sizes();
  json["layers"] = nlohmann::ordered_json::array();
  const std::vector<ReceptiveField> fields = receptive_fields(network);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const LayerInfo& layer = network.layers()[i];
    json["layers"].push_back({{"name", layer.name},
                              {"type", layer.type},
                              {"inputs", layer.inputs},
                              {"output", layer.output.sizes()},
                              {"parameters", layer.parameter_count},
                              {"macs", layer.macs},
                              {"receptive_field", json_field(fields[i])}});
  }
  json["receptive_field"] = nullptr;
  if (const std::optional<std::size_t> at = last_with_positions(network, fields)) {
    json["receptive_field"] = json_field(fields[*at]);
    json["receptive_field"]["layer"] = network.layers()[*at].name;
  }
  json["parameters"] = network.trainable_count();
  json["frozen_parameters"] = network.frozen_count();
  json["macs"] = s.macs;
  json["batch_size"] = s.batch;
  json["memory"] = {{"train_bytes", s.train.total()}, {"infer_bytes", s.infer.total()}, {"train", parts(s.train)}};
  return json_page(json);
}

}  // namespace

void setup(CommandLine& line, SummaryOptions& options) {
  Command command = line.command("summary", "Show layers, shapes, parameters, multiply-adds and memory",
                                 [&options] { return run(options); });
  command.text({"target", "CONFIG|CHECKPOINT", "configuration file, run folder or checkpoint", true}, options.target);
  add_overrides(command, options.overrides);
  add_batch_size(command, options.batch_size);
  add_threads(command, options.threads);
  add_text_or_json(command, options.format);
}

int run(const SummaryOptions& options) {
  require_effect(Uses::summary, options.overrides);
  const Experiment experiment = open_experiment(options.target, options.overrides);
  const Workers workers(thread_count(options.threads, experiment.settings));
  Network network(experiment.model, Network::Memory::later);
  Summary summary;
  summary.batch = options.batch_size.value_or(experiment.settings.data.batch_size);
  for (const LayerInfo& layer : network.layers()) summary.macs += layer.macs;
  summary.samples = training_outline(*experiment.settings.data.format.dataset);
  TrainingPlans plans = plan_training(network, workers, experiment.settings, summary.batch);
  summary.train = forecast_training(network, workers, experiment.settings, plans, sample_bytes(summary.samples));
  const ProgramPlan inference = plans.validation ? std::move(*plans.validation)
                                                 : plan_inference(network, workers, experiment.settings, summary.batch);
  summary.infer = forecast_inference(network, workers, inference);
  print(options.format == Format::json ? json_of(experiment, network, summary) : text_of(experiment, network, summary));
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
