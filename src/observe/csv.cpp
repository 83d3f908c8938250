// metrics.csv: one row an epoch, for spreadsheets and scripts.
#include <fmt/format.h>

#include "base/text.hpp"
#include "observe/append_file.hpp"
#include "observe/observer.hpp"

namespace cnnctl {
namespace {

class CsvObserver final : public Observer {
 public:
  explicit CsvObserver(const std::string& run_dir) : file_(run_dir + "/metrics.csv") {
    if (file_.was_empty()) file_.line(kMetricsColumns);
  }

  void epoch(const EpochEvent& e) override {
    const std::string validation = e.validation ? fmt::format("{},{}", e.validation->loss, e.validation->top1) : ",";
    file_.line(fmt::format("{},{},{},{},{},{},{:.3f},{:.1f},{}", e.epoch, e.step, e.lr, e.train.loss, e.train.top1,
                           validation, e.seconds, e.images_per_second, hex(e.weights_hash)));
  }

 private:
  AppendFile file_;
};

}  // namespace

std::unique_ptr<Observer> csv_observer(const std::string& run_dir) { return std::make_unique<CsvObserver>(run_dir); }

}  // namespace cnnctl
