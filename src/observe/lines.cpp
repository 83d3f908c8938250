// The words of progress: what console and log say about a run. Knows columns; knows no stream.
#include <fmt/format.h>

#include <cmath>

#include "base/nan.hpp"
#include "base/text.hpp"
#include "observe/observer.hpp"

namespace cnnctl {
namespace {

/// The results of one part of the data: the loss and the first metric; dashes if there are none.
std::string cells(const Results* results) {
  if (results == nullptr) return fmt::format("{:>11}{:>9}", "-", "-");
  const Number& metric = results->metric();
  return fmt::format("{:>11}{:>9}", loss_text(results->loss()),
                     metric.share ? fmt::format("{:.2f}%", unsigned_nan(metric.value) * 100) : loss_text(metric.value));
}

}  // namespace

std::string loss_text(double loss) {
  if (std::isnan(loss)) return "nan";
  return std::abs(loss) < 9.99995 ? fmt::format("{:.4f}", loss) : fmt::format("{:.4g}", loss);
}

void each_number(const EpochEvent& e, FunctionRef<void(const std::string& name, double value)> use) {
  for (const Number& number : e.train.numbers) use("train_" + number.name, number.value);
  if (!e.validation) return;
  for (const Number& number : e.validation->numbers) use("val_" + number.name, number.value);
}

std::string_view reason_name(StopEvent::Reason reason) {
  switch (reason) {
    case StopEvent::Reason::finished:
      return "finished";
    case StopEvent::Reason::early:
      return "early";
    case StopEvent::Reason::signal:
      return "signal";
    case StopEvent::Reason::diverged:
      return "diverged";
  }
  return "";
}

std::vector<std::string> start_lines(const RunStart& e) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("run     {}", e.run_dir));
  lines.push_back(fmt::format("model   {}: {} layers, {} parameters, {} MACs a sample", e.name, e.layers,
                              with_commas(e.parameters), human_count(static_cast<std::uint64_t>(e.macs))));
  if (e.frozen > 0)
    lines.push_back(fmt::format("frozen  {} parameters; {} are trained", with_commas(e.frozen),
                                with_commas(e.parameters - e.frozen)));
  const std::string validation = e.validation_samples > 0
                                     ? fmt::format("{} validation", with_commas(e.validation_samples))
                                     : std::string("nothing held back for validation");
  lines.push_back(fmt::format("data    {} train, {}; {} classes; {}", with_commas(e.train_samples), validation,
                              e.classes, e.input));
  const std::string batches = e.batches_per_step > 1 ? fmt::format("{} x ", e.batches_per_step) : "";
  lines.push_back(fmt::format("plan    {} of {}, batch size {}{}, {}", counted(e.epochs, "epoch"),
                              counted(e.steps_per_epoch, "step"), batches, e.batch_size, counted(e.threads, "thread")));
  lines.push_back(fmt::format("memory  {} needed of {} available", human_bytes(e.memory_forecast),
                              human_bytes(e.memory_available)));
  if (e.step > 0) lines.push_back(fmt::format("resume  from epoch {}, step {}", e.epoch + 1, e.step));
  lines.emplace_back();
  const std::string metric = e.numbers.size() > 1 ? e.numbers[1].label.substr(0, 8) : "";
  lines.push_back(fmt::format("{:>9}{:>11}{:>9}{:>11}{:>9}{:>11}{:>8}  {}", "epoch", "train loss", metric, "val loss",
                              metric, "images/s", "time", "weights"));
  return lines;
}

std::string epoch_line(const EpochEvent& e) {
  return fmt::format("{:>9}{}{}{:>11}{:>8}  {}{}", fmt::format("{}/{}", e.epoch, e.epochs), cells(&e.train),
                     cells(e.validation ? &*e.validation : nullptr),
                     with_commas(static_cast<std::int64_t>(e.images_per_second)), human_seconds(e.seconds),
                     hex(e.weights_hash).substr(0, 8), e.best ? " *" : "");
}

std::string stop_line(const StopEvent& e) {
  std::string line = e.message;
  if (e.best_epoch > 0)
    line += fmt::format("{}best epoch {} ({} {:.4f})", line.empty() ? "" : "; ", e.best_epoch, e.monitor, e.best_value);
  return line + fmt::format(", {}", human_seconds(e.seconds));
}

std::vector<std::string> rollback_lines(const RollbackEvent& e) {
  return {e.message, fmt::format("back to epoch {}, step {}; the learning rate is {:.4g} of the schedule's from now on",
                                 e.epoch + 1, e.step, e.rate_factor)};
}

}  // namespace cnnctl
