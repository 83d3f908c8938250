// events.jsonl: one JSON object a line, for programs. Every object has "event", "epoch" (completed) and "step".
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "observe/append_file.hpp"
#include "observe/observer.hpp"

namespace cnnctl {
namespace {

using Json = nlohmann::ordered_json;

class EventObserver final : public Observer {
 public:
  explicit EventObserver(const std::string& run_dir) : file_(run_dir + "/events.jsonl") {}

  void start(const RunStart& e) override {
    epoch_ = e.epoch;
    Json environment = Json::object();
    for (const auto& [name, value] : e.environment) environment[name] = value;
    write({{"event", e.step > 0 ? "resume" : "run_start"},
           {"epoch", e.epoch},
           {"step", e.step},
           {"name", e.name},
           {"version", e.tool_version},
           {"layers", e.layers},
           {"parameters", e.parameters},
           {"frozen_parameters", e.frozen},
           {"macs", e.macs},
           {"train_samples", e.train_samples},
           {"validation_samples", e.validation_samples},
           {"classes", e.classes},
           {"epochs", e.epochs},
           {"batch_size", e.batch_size},
           {"batches_per_step", e.batches_per_step},
           {"steps_per_epoch", e.steps_per_epoch},
           {"seed", e.seed},
           {"threads", e.threads},
           {"memory_forecast_bytes", e.memory_forecast},
           {"memory_available_bytes", e.memory_available},
           {"weights_hash", hex(e.weights_hash)},
           {"environment", environment}});
  }

  void step(const StepEvent& e) override {
    if (!e.weights_hash) return;
    write({{"event", "step"},
           {"epoch", epoch_},
           {"step", e.step},
           {"loss", e.loss},
           {"lr", e.lr},
           {"weights_hash", hex(*e.weights_hash)}});
  }

  void epoch(const EpochEvent& e) override {
    epoch_ = e.epoch;
    Json line = {{"event", "epoch"}, {"epoch", e.epoch}, {"step", e.step}, {"lr", e.lr}};
    each_number(e, [&line](const std::string& name, double value) { line[name] = value; });
    line["seconds"] = e.seconds;
    line["images_per_second"] = e.images_per_second;
    line["data_wait_share"] = e.data_share;
    line["weights_hash"] = hex(e.weights_hash);
    line["best"] = e.best;
    write(line);
  }

  void saved(const std::string& path, std::int64_t step) override {
    write({{"event", "checkpoint"}, {"epoch", epoch_}, {"step", step}, {"path", path}});
  }

  void rolled_back(const RollbackEvent& e) override {
    epoch_ = e.epoch;
    write({{"event", "rollback"},
           {"epoch", e.epoch},
           {"step", e.step},
           {"from_step", e.from_step},
           {"rate_factor", e.rate_factor},
           {"message", e.message}});
  }

  void stop(const StopEvent& e) override {
    write({{"event", "stop"},
           {"epoch", e.epoch},
           {"step", e.step},
           {"reason", reason_name(e.reason)},
           {"best_epoch", e.best_epoch},
           {"monitor", e.monitor},
           {"best_value", e.best_value},
           {"message", e.message},
           {"seconds", e.seconds},
           {"peak_memory_bytes", e.peak_memory}});
  }

 private:
  /// A path or a name that is not UTF-8 must not end the run: bad bytes become U+FFFD.
  void write(const Json& line) { file_.line(json_line(line)); }

  AppendFile file_;
  std::int64_t epoch_ = 0;
};

}  // namespace

std::unique_ptr<Observer> event_observer(const std::string& run_dir) {
  return std::make_unique<EventObserver>(run_dir);
}

}  // namespace cnnctl
