// Who watches a run.
#include "observe/observer.hpp"

namespace cnnctl {

std::vector<std::unique_ptr<Observer>> make_observers(const std::string& run_dir, ProgressStyle style) {
  std::vector<std::unique_ptr<Observer>> observers;
  observers.push_back(console_observer(style));
  observers.push_back(csv_observer(run_dir));
  observers.push_back(event_observer(run_dir));
  observers.push_back(log_observer(run_dir));
  return observers;
}

}  // namespace cnnctl
