#include "experiment/experiment.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "checkpoint/foreign.hpp"
#include "config/overrides.hpp"
#include "config/yaml.hpp"
#include "experiment/goal.hpp"
#include "experiment/misplaced.hpp"
#include "experiment/program_options.hpp"
#include "experiment/sample_size.hpp"
#include "model/network.hpp"
#include "model/zoo.hpp"

namespace cnnctl {
namespace {

/// What a file's name says about the run's: its stem, without what a folder's name should not hold.
std::string name_from(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string();
  for (char& c : name) {
    const bool legal =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!legal) c = '_';
  }
  return name.empty() || name[0] == '.' ? "run" : name;
}

/// Of the short and the long form of the objective, one stays.
void choose_objective(const Node& root, Settings& settings, Diagnostics& diagnostics) {
  if (settings.objective.empty()) return;
  settings.loss = {};
  if (const Node* loss = root.find("loss"))
    diagnostics.error(loss->where(),
                      "loss is the short form of an objective of one term: give loss or objective, not both");
}

/// Reads the model, and plans it once so that shapes that do not fit are found now, with their lines.
void build_model(const Node& root, Experiment& experiment, Diagnostics& diagnostics) {
  const Section &model = experiment.settings.model, &blocks = experiment.settings.blocks;
  if (model.node.is_null()) {
    if (const Node::Entry* entry = root.find_entry("model"))
      diagnostics.error(entry->where, "model must be a map with input and layers, got nothing");
    return;  // what is missing has been reported
  }
  Diagnostics found;
  const bool knows_input = model.node.find("input") || model.node.find("inputs");
  const bool told = !knows_input && diagnostics.has_errors();  // that it is missing, or what would say it
  experiment.model = read_model(model.node, blocks.node.is_null() ? nullptr : &blocks.node, found, told);
  experiment.model.groups = experiment.settings.parameters;
  if (!found.has_errors() && !told) {
    try {
      const Network network(experiment.model, Network::Memory::later);
      check_goal(experiment.settings, network, diagnostics);
      if (!diagnostics.has_errors())
        plan_training(network, 1, experiment.settings, experiment.settings.data.batch_size);
    } catch (const ConfigError& error) {
      for (const Diagnostic& d : error.diagnostics()) found.error(d.where, d.message);
    }
  }
  for (const Diagnostic& d : found.all()) {
    if (d.severity == Diagnostic::Severity::error)
      diagnostics.error(d.where, d.message);
    else
      diagnostics.warning(d.where, d.message);
  }
}

/// Where something is missing in the whole file.
Where beginning_of(const Node& root, const std::string& source) {
  Where where = root.where();
  if (where.file.empty()) where = {source, 1, 1, ""};
  return where;
}

Experiment build(Node root, const std::string& source, const std::vector<std::string>& overrides,
                 Diagnostics diagnostics) {
  if (root.is_null()) diagnostics.throw_if_errors();  // nothing could be read; other mistakes join what follows
  apply_overrides(root, overrides, {"model", "layers"}, diagnostics);
  const Opened opened = open_zoo(root, diagnostics);
  Experiment experiment;
  experiment.source = source;
  refuse_misplaced(root, diagnostics);
  read_fields(experiment.settings, root, "the configuration", beginning_of(root, source), diagnostics);
  choose_objective(root, experiment.settings, diagnostics);
  settle_sample_size(root, experiment.settings, opened == Opened::with_default_input, diagnostics);
  if (experiment.settings.name.empty()) experiment.settings.name = name_from(source);
  if (opened != Opened::failed) build_model(root, experiment, diagnostics);
  diagnostics.throw_if_errors();
  for (const Diagnostic& d : diagnostics.all()) experiment.warnings.push_back(d);
  for (Diagnostic& d : lint(experiment.settings, experiment.model)) experiment.warnings.push_back(std::move(d));
  return experiment;
}

/// Throws ConfigError, saying what it is, for a file that cannot be a configuration.
void require_configuration(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw ConfigError({path, 0, 0, ""}, "is a folder, not a configuration; a run goes on with `cnnctl train --resume`");
  if (!std::filesystem::is_regular_file(path, ignored)) return;  // whoever reads it says so
  std::array<char, 512> beginning{};
  std::ifstream file(path, std::ios::binary);
  file.read(beginning.data(), beginning.size());
  const std::string_view content(beginning.data(), static_cast<std::size_t>(file.gcount()));
  if (const auto other = in_place_of_configuration(content)) throw ConfigError({path, 0, 0, ""}, *other);
}

Where input_place(const Experiment& experiment) {
  const Node& model = experiment.settings.model.node;
  const Node* input = model.find(model.find("inputs") ? "inputs" : "input");
  return input ? input->where() : model.where();
}

}  // namespace

Experiment load_experiment(const std::string& path, const std::vector<std::string>& overrides) {
  require_configuration(path);
  Diagnostics diagnostics;
  Node root = load_yaml(path, diagnostics);
  return build(std::move(root), path, overrides, std::move(diagnostics));
}

Experiment load_new_experiment(const std::string& path, const std::vector<std::string>& overrides) {
  Experiment experiment = load_experiment(path, overrides);
  const Settings& s = experiment.settings;
  if (const std::string late = s.lr_scheduler->beyond(s.train.epochs); !late.empty())
    throw ConfigError(s.lr_scheduler.where,
                      late + "; leave it out (lr_scheduler=constant for a short trial) or train for longer");
  return experiment;
}

Experiment parse_experiment(const std::string& text, const std::string& name,
                            const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  Node root = parse_yaml(text, name, diagnostics);
  return build(std::move(root), name, overrides, std::move(diagnostics));
}

std::string resolved_yaml(const Experiment& experiment) {
  Settings settings = experiment.settings;
  settings.model.node = write_model(experiment.model);  // every layer with its defaults, blocks expanded
  settings.blocks.node = Node();
  return write_yaml(write_fields(settings));
}

SampleSpec augmented(const DataConfig& data, SampleSpec spec) {
  for (const Choice<Transform>& transform : data.augment) {
    try {
      plane_size(spec);
      spec = transform->plan(spec);
    } catch (const ShapeError& error) {
      throw ConfigError(transform.where, fmt::format("data.augment: {}: {}", transform.kind->name, error.what()));
    }
  }
  return spec;
}

void check_inputs(const Experiment& experiment, const SampleSpec& spec, const Shape& sample) {
  const std::vector<ModelInput>& inputs = experiment.model.inputs;
  Diagnostics diagnostics;
  for (const ModelInput& input : inputs) {
    const bool own = inputs.size() == 1 || input.name == spec.input;
    const std::optional<std::size_t> column = spec.find(own ? spec.input : input.name);
    if (!column) {
      std::vector<std::string_view> names;
      for (const Column& c : spec.columns) names.push_back(c.name);
      diagnostics.error(input_place(experiment),
                        fmt::format("the samples have no column '{}' for the model's input of "
                                    "that name; there {} {}",
                                    input.name, names.size() == 1 ? "is" : "are", join(names)));
      continue;
    }
    const Shape& shape = own ? sample : spec.columns[*column].shape;
    if (input.shape == shape) continue;
    const std::string name = inputs.size() == 1 ? "model.input" : fmt::format("the model's input '{}'", input.name);
    diagnostics.error(input_place(experiment),
                      fmt::format("{} is {}, but the samples are {}", name, input.shape.str(), shape.str()));
  }
  diagnostics.throw_if_errors();
}

}  // namespace cnnctl
