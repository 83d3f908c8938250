// cnnctl config: check a configuration, show it with all defaults, print its JSON Schema.
#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/curve.hpp"
#include "cli/model.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/reference_page.hpp"
#include "cli/schedule.hpp"

namespace cnnctl::cli {

void setup(CommandLine& line, ConfigOptions& options) {
  using enum ConfigOptions::Action;
  Command command = line.command("config", "Check or show a configuration; print its JSON Schema",
                                 [&options] { return run(options); });
  const auto add = [&](const char* name, const char* help, ConfigOptions::Action action) {
    return command.command(name, help, [&options, action] { options.action = action; });
  };
  const auto with_file = [&options](Command action) {
    action.text({"file", "CONFIG", "configuration file, run folder or checkpoint", true}, options.file);
    add_overrides(action, options.overrides);
  };
  with_file(add("check", "Report every mistake of a file", check));
  Command shown = add("show", "Print it with blocks expanded and every default written out", show);
  with_file(shown);
  shown.flag({"--schedule", "", "draw the learning rate over the training instead"}, options.schedule);
  shown.text({"--png", "FILE", "draw it to this file as well"}, options.png);
  shown.needs("--png", "--schedule");
  add("schema", "Print the JSON Schema of all configurations, for editors", schema);
  add("reference", "Print the reference of all fields as Markdown (configs/README.md)", reference);
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
    if (options.schedule) {
      const plot::Chart chart = schedule_chart(experiment);
      write_curve(options.png, chart);
      print(curve(chart));
    } else {
      print(resolved_yaml(experiment));
    }
  } else {
    const Network network(experiment.model, Network::Memory::later);
    print(fmt::format("{}: ok, {}, {}, {}\n", options.file,
                      counted(static_cast<std::int64_t>(network.layers().size()), "layer"),
                      counted(network.trainable_count(), "parameter"),
                      counted(static_cast<std::int64_t>(experiment.warnings.size()), "warning")));
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
