// cnnctl config: check a configuration, show it with all defaults, print its JSON Schema.
#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/model.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/reference_page.hpp"

namespace cnnctl::cli {

CLI::App* setup(CLI::App& app, ConfigOptions& options) {
  CLI::App* command = app.add_subcommand("config", "Check or show a configuration; print its JSON Schema");
  command->require_subcommand(1);
  const auto with_file = [&options](CLI::App* action) {
    action->add_option("file", options.file, "configuration file, run folder or checkpoint")
        ->type_name("CONFIG")
        ->required();
    add_overrides(*action, options.overrides);
    return action;
  };
  with_file(command->add_subcommand("check", "Report every mistake of a file"))->callback([&options] {
    options.action = ConfigOptions::Action::check;
  });
  with_file(command->add_subcommand("show", "Print it with blocks expanded and every default written out"))
      ->callback([&options] { options.action = ConfigOptions::Action::show; });
  command->add_subcommand("schema", "Print the JSON Schema of all configurations, for editors")->callback([&options] {
    options.action = ConfigOptions::Action::schema;
  });
  command->add_subcommand("reference", "Print the reference of all fields as Markdown (configs/README.md)")
      ->callback([&options] { options.action = ConfigOptions::Action::reference; });
  return command;
}

int run(const ConfigOptions& options) {
  if (options.action == ConfigOptions::Action::schema) {
    print(experiment_schema());
    return static_cast<int>(ExitCode::done);
  }
  if (options.action == ConfigOptions::Action::reference) {
    print(reference_page());
    return static_cast<int>(ExitCode::done);
  }
  require_overrides(options.overrides);
  const Experiment experiment = open_experiment(options.file, options.overrides);
  if (options.action == ConfigOptions::Action::show) {
    print(resolved_yaml(experiment));
  } else {
    const Network network(experiment.model);
    print(fmt::format("{}: ok, {} layers, {} parameters, {} warning{}\n", options.file, network.layers().size(),
                      with_commas(network.trainable_count()), experiment.warnings.size(),
                      experiment.warnings.size() == 1 ? "" : "s"));
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
