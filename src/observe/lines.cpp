// The words of progress: what console and log say about a run. Knows columns; knows no stream.
#include <fmt/format.h>

#include "base/text.hpp"
#include "observe/observer.hpp"

namespace cnnctl {
namespace {

/// Six characters for a loss of any size.
std::string loss_text(double loss) {
  return loss < 9.99995 ? fmt::format("{:.4f}", loss) : fmt::format("{:.4g}", loss);
}

std::string percent(double share) { return fmt::format("{:.2f}%", share * 100); }

}  // namespace

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
  lines.push_back(fmt::format("data    {} train, {} validation; {} classes; {}", with_commas(e.train_samples),
                              with_commas(e.validation_samples), e.classes, e.input));
  lines.push_back(fmt::format("plan    {} epochs of {} steps, batch size {}, {} thread{}", e.epochs, e.steps_per_epoch,
                              e.batch_size, e.threads, e.threads == 1 ? "" : "s"));
  lines.push_back(fmt::format("memory  {} needed of {} available", human_bytes(e.memory_forecast),
                              human_bytes(e.memory_available)));
  if (e.step > 0) lines.push_back(fmt::format("resume  from epoch {}, step {}", e.epoch + 1, e.step));
  lines.emplace_back();
  lines.push_back(fmt::format("{:>9}{:>11}{:>9}{:>11}{:>9}{:>11}{:>8}  {}", "epoch", "train loss", "top-1", "val loss",
                              "top-1", "images/s", "time", "weights"));
  return lines;
}

std::string epoch_line(const EpochEvent& e) {
  const std::string validation_loss = e.validation ? loss_text(e.validation->loss) : "-";
  const std::string validation_top1 = e.validation ? percent(e.validation->top1) : "-";
  return fmt::format("{:>9}{:>11}{:>9}{:>11}{:>9}{:>11}{:>8}  {}{}", fmt::format("{}/{}", e.epoch, e.epochs),
                     loss_text(e.train.loss), percent(e.train.top1), validation_loss, validation_top1,
                     with_commas(static_cast<std::int64_t>(e.images_per_second)), human_seconds(e.seconds),
                     hex(e.weights_hash).substr(0, 8), e.best ? " *" : "");
}

std::string stop_line(const StopEvent& e) {
  std::string line = e.message;
  if (e.best_epoch > 0)
    line += fmt::format("{}best epoch {} ({} {:.4f})", line.empty() ? "" : "; ", e.best_epoch, e.monitor, e.best_value);
  return line + fmt::format(", {}", human_seconds(e.seconds));
}

}  // namespace cnnctl
