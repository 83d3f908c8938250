#include "experiment/experiment.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "config/overrides.hpp"
#include "config/yaml.hpp"
#include "model/network.hpp"

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

/// Reads the model, and plans it once so that shapes that do not fit are found now, with their lines.
void build_model(Experiment& experiment, Diagnostics& diagnostics) {
  const Section &model = experiment.settings.model, &blocks = experiment.settings.blocks;
  if (model.node.is_null()) return;  // reported as missing
  Diagnostics found;
  experiment.model = read_model(model.node, blocks.node.is_null() ? nullptr : &blocks.node, found);
  if (!found.has_errors()) {
    try {
      const Network network(experiment.model);
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

Experiment build(Node root, const std::string& source, const std::vector<std::string>& overrides,
                 Diagnostics diagnostics) {
  if (root.is_null()) diagnostics.throw_if_errors();  // nothing could be read; other mistakes join what follows
  apply_overrides(root, overrides, diagnostics);
  Experiment experiment;
  experiment.source = source;
  read_fields(experiment.settings, root, "the configuration", Where{source, 0, 0, ""}, diagnostics);
  if (experiment.settings.name.empty()) experiment.settings.name = name_from(source);
  build_model(experiment, diagnostics);
  diagnostics.throw_if_errors();
  for (const Diagnostic& d : diagnostics.all()) experiment.warnings.push_back(d);
  for (Diagnostic& d : lint(experiment.settings, experiment.model)) experiment.warnings.push_back(std::move(d));
  return experiment;
}

Where input_place(const Experiment& experiment) {
  const Node& model = experiment.settings.model.node;
  const Node* input = model.find("input");
  return input ? input->where() : model.where();
}

}  // namespace

Experiment load_experiment(const std::string& path, const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  Node root = load_yaml(path, diagnostics);
  return build(std::move(root), path, overrides, std::move(diagnostics));
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

void check_against_data(const Experiment& experiment, const Shape& output, const Shape& sample, std::int64_t classes) {
  Diagnostics diagnostics;
  if (experiment.model.input != sample)
    diagnostics.error(input_place(experiment), fmt::format("model.input is {}, but the samples are {}",
                                                           experiment.model.input.str(), sample.str()));
  const Where& last = experiment.model.layers.back().where;
  if (output.count() != classes) {
    diagnostics.error(
        last, fmt::format("the network's output has {} values but the data has {} classes", output.count(), classes));
  } else {
    try {
      experiment.settings.loss->check(output, {classes, {}});
    } catch (const ShapeError& error) {
      diagnostics.error(last, error.what());
    }
  }
  diagnostics.throw_if_errors();
}

}  // namespace cnnctl
