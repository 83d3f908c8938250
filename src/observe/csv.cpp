// metrics.csv: one row an epoch, for spreadsheets and scripts.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/file.hpp"
#include "base/nan.hpp"
#include "base/text.hpp"
#include "observe/append_file.hpp"
#include "observe/observer.hpp"

namespace cnnctl {
namespace {

/// The columns' names, in order.
std::vector<std::string> columns_for(const std::vector<Number>& numbers) {
  std::vector<std::string> columns = {"epoch", "step", "lr"};
  const auto add = [&columns](std::string_view prefix, const Number& n) {
    columns.push_back(std::string(prefix) + n.name);
  };
  const std::size_t beside = std::min<std::size_t>(2, numbers.size());  // the loss and the first metric
  for (const std::string_view prefix : {"train_", "val_"})
    for (std::size_t i = 0; i < beside; ++i) add(prefix, numbers[i]);
  for (std::size_t i = beside; i < numbers.size(); ++i)
    for (const std::string_view prefix : {"train_", "val_"}) add(prefix, numbers[i]);
  for (const char* const last : {"seconds", "images_per_second", "weights_hash"}) columns.emplace_back(last);
  return columns;
}

class CsvObserver final : public Observer {
 public:
  explicit CsvObserver(const std::string& run_dir) : path_(run_dir + "/metrics.csv"), file_(path_) {}

  void start(const RunStart& e) override {
    if (file_.was_empty()) {
      columns_ = columns_for(e.numbers);
      file_.line(fmt::format("{}", fmt::join(columns_, ",")));
      return;
    }
    const std::string content = read_file(path_);
    std::string_view header = std::string_view(content).substr(0, content.find('\n'));
    while (!header.empty()) {
      const std::size_t end = std::min(header.find(','), header.size());
      columns_.emplace_back(header.substr(0, end));
      header.remove_prefix(std::min(end + 1, header.size()));
    }
  }

  void epoch(const EpochEvent& e) override {
    std::map<std::string, std::string> cells = {{"epoch", std::to_string(e.epoch)},
                                                {"step", std::to_string(e.step)},
                                                {"lr", fmt::format("{}", e.lr)},
                                                {"seconds", fmt::format("{:.3f}", e.seconds)},
                                                {"images_per_second", fmt::format("{:.1f}", e.images_per_second)},
                                                {"weights_hash", hex(e.weights_hash)}};
    each_number(
        e, [&cells](const std::string& name, double value) { cells[name] = fmt::format("{}", unsigned_nan(value)); });
    std::string row;
    for (const std::string& column : columns_) row += (row.empty() ? "" : ",") + cells[column];
    file_.line(row);
  }

 private:
  std::string path_;
  AppendFile file_;
  std::vector<std::string> columns_;
};

}  // namespace

std::unique_ptr<Observer> csv_observer(const std::string& run_dir) { return std::make_unique<CsvObserver>(run_dir); }

}  // namespace cnnctl
