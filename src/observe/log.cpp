// train.log: the plain lines of the console, each with the time (UTC).
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "observe/append_file.hpp"
#include "observe/observer.hpp"

namespace cnnctl {
namespace {

class LogObserver final : public Observer {
 public:
  explicit LogObserver(const std::string& run_dir) : file_(run_dir + "/train.log") {}

  void start(const RunStart& e) override {
    for (const std::string& line : start_lines(e)) write(line);
  }
  void epoch(const EpochEvent& e) override { write(epoch_line(e)); }
  void rolled_back(const RollbackEvent& e) override {
    for (const std::string& line : rollback_lines(e)) write(line);
  }
  void stop(const StopEvent& e) override { write(stop_line(e)); }

 private:
  void write(const std::string& line) {
    file_.line(fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {}", fmt::gmtime(std::time(nullptr)), line));
  }
  AppendFile file_;
};

}  // namespace

std::unique_ptr<Observer> log_observer(const std::string& run_dir) { return std::make_unique<LogObserver>(run_dir); }

}  // namespace cnnctl
