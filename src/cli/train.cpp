// cnnctl train: from a configuration to a trained network in a run folder.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/interrupt.hpp"
#include "base/json.hpp"
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
    each_number(*last, [&json](const std::string& name, double value) { json[name] = value; });
    json["weights_hash"] = hex(last->weights_hash);
  }
  return json_page(json);
}

}  // namespace

void setup(CommandLine& line, TrainOptions& options) {
  Command command =
      line.command("train", "Train a network from a configuration file", [&options] { return run(options); });
  TrainRequest& request = options.request;
  command.text({"config", "CONFIG", "configuration file; none with --resume"}, request.config);
  add_overrides(command, request.overrides);
  command.text({"--resume", "DIR", "go on with the run in this folder"}, request.resume);
  command.text({"--run-dir", "DIR", "folder of the run; default: runs/<name>/<number>"}, request.run_dir);
  command.text({"--init-from", "FILE", "begin with the weights of a checkpoint that fit"}, request.init_from);
  command.flag({"--verify-determinism", "",
                "first take 16 steps twice, with different numbers of threads, and end with exit code 11 unless all "
                "bits are the same"},
               request.verify_determinism);
  add_threads(command, request.threads);
  command.choice("--progress", request.progress, "how progress is shown; default: auto",
                 {{"auto", ProgressStyle::automatic},
                  {"bar", ProgressStyle::bar},
                  {"plain", ProgressStyle::plain},
                  {"none", ProgressStyle::none}});
  add_text_or_json(command, options.format);
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
