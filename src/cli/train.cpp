// cnnctl train: from a configuration to a trained network in a run folder.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace cnnctl::cli {
namespace {

/// The request; with --resume there is no configuration file, and what stands in its place is an override.
TrainRequest request_of(const TrainOptions& options) {
  TrainRequest request = options.request;
  if (!request.resume.empty()) {
    if (!request.run_dir.empty() || !request.init_from.empty())
      throw UsageError("--resume goes on in its own folder: --run-dir and --init-from do not go with it");
    if (!request.config.empty()) request.overrides.insert(request.overrides.begin(), request.config);
  } else if (request.config.empty() || request.config.find('=') != std::string::npos) {
    throw UsageError("train needs a configuration file, or --resume DIR (see cnnctl train --help)");
  }
  require_overrides(request.overrides);
  return request;
}

std::string json_of(const TrainResult& result) {
  const StopEvent& stop = result.outcome.stop;
  nlohmann::ordered_json json = {{"schema", "cnnctl.train/1"}, {"run_dir", result.run_dir}};
  json["reason"] = result.was_finished ? "nothing_to_do" : reason_name(stop.reason);
  if (!result.was_finished) {
    json["epochs"] = stop.epoch;
    json["steps"] = stop.step;
    json["best_epoch"] = stop.best_epoch;
    json["monitor"] = stop.monitor;
    json["best_value"] = stop.best_value;
    json["seconds"] = stop.seconds;
  }
  if (const std::optional<EpochEvent>& last = result.outcome.last) {
    json["train_loss"] = last->train.loss;
    json["train_top1"] = last->train.top1;
    if (last->validation) {
      json["val_loss"] = last->validation->loss;
      json["val_top1"] = last->validation->top1;
    }
    json["weights_hash"] = hex(last->weights_hash);
  }
  return json.dump(2) + "\n";
}

}  // namespace

CLI::App* setup(CLI::App& app, TrainOptions& options) {
  CLI::App* command = app.add_subcommand("train", "Train a network from a configuration file");
  command->add_option("config", options.request.config, "configuration file; none with --resume")->type_name("CONFIG");
  add_overrides(*command, options.request.overrides);
  command->add_option("--resume", options.request.resume, "go on with the run in this folder")->type_name("DIR");
  command->add_option("--run-dir", options.request.run_dir, "folder of the run; default: runs/<name>/<number>")
      ->type_name("DIR");
  command->add_option("--init-from", options.request.init_from, "begin with the weights of a checkpoint that fit")
      ->type_name("FILE");
  add_threads(*command, options.request.threads);
  const auto parse = [&options](const std::string& word) {
    if (word == "auto")
      options.request.progress = ProgressStyle::automatic;
    else if (word == "bar")
      options.request.progress = ProgressStyle::bar;
    else if (word == "plain")
      options.request.progress = ProgressStyle::plain;
    else if (word == "none")
      options.request.progress = ProgressStyle::none;
    else
      throw UsageError(fmt::format("--progress: '{}' is none of auto|bar|plain|none", word));
  };
  command->add_option_function<std::string>("--progress", parse, "how progress is shown; default: auto")
      ->type_name("auto|bar|plain|none");
  add_text_or_json(*command, options.format);
  return command;
}

int run(const TrainOptions& options) {
  const TrainResult result = train(request_of(options), note);
  if (result.was_finished)
    note(fmt::format("{}: finished already; for more epochs add train.epochs=N", result.run_dir));
  if (result.outcome.signal != 0) note(fmt::format("go on with: cnnctl train --resume {}", result.run_dir));
  print(options.format == Format::json ? json_of(result) : result.run_dir + "\n");
  if (result.outcome.signal != 0) end_by_signal(result.outcome.signal);
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
