#include "cli/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/workers.hpp"
#include "cli/output.hpp"
#include "experiment/rate.hpp"

namespace cnnctl::cli {
namespace {

constexpr std::int64_t kMostPoints = 2000;

/// Steps of an epoch, as far as the configuration and the headers of files tell.
std::int64_t steps_per_epoch(const Settings& settings) {
  constexpr std::int64_t kUnknown = 100;
  const DataConfig& data = settings.data;
  const std::optional<Outline> outline = training_outline(*data.format.dataset);
  if (!outline) {
    note(fmt::format("note: how many samples there are is not known before they are read: drawn with {} steps an epoch",
                     kUnknown));
    return kUnknown;
  }
  const auto held_back = static_cast<std::int64_t>(static_cast<double>(outline->count) * data.validation);
  const std::int64_t samples = outline->count - held_back;
  const std::int64_t batches = data.drop_last ? samples / data.batch_size : pieces(samples, data.batch_size);
  return std::max<std::int64_t>(1, pieces(batches, settings.train.accumulate));
}

}  // namespace

plot::Chart schedule_chart(const Experiment& experiment) {
  const Settings& settings = experiment.settings;
  const std::int64_t per_epoch = steps_per_epoch(settings), epochs = settings.train.epochs, steps = per_epoch * epochs;
  if (settings.lr_scheduler->follows_results())
    note(fmt::format("note: {} follows results: drawn as if each epoch was better than the one before",
                     settings.lr_scheduler.kind->name));
  plot::Chart chart;
  chart.title = fmt::format("{}: {}, {} of {}", settings.name, settings.lr_scheduler.kind->name,
                            counted(epochs, "epoch"), counted(per_epoch, "step"));
  chart.x_label = "epoch";
  chart.y_label = "learning rate";
  plot::Line line;
  const std::int64_t points = std::min(steps, kMostPoints);
  for (std::int64_t i = 0; i < points; ++i) {
    const std::int64_t step = points > 1 ? i * (steps - 1) / (points - 1) : 0;
    chart.x.push_back(static_cast<double>(step) / static_cast<double>(per_epoch));
    line.y.push_back(learning_rate(settings, {step, per_epoch, epochs}));
  }
  chart.x_end = static_cast<double>(epochs);
  chart.lines = {line};
  return chart;
}

}  // namespace cnnctl::cli
