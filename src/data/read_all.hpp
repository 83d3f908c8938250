// Many samples read by many workers, of whom the first mistake counts.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/workers.hpp"

namespace cnnctl {

/// Calls body(task, worker) once for each task. Of the tasks that throw a DataError, that of the first one is thrown,
/// whatever the number of workers; tasks behind it may not be done.
template <class Body>
void read_in_order(std::int64_t tasks, const Workers& workers, const Body& body) {
  std::vector<std::optional<DataError>> errors(static_cast<std::size_t>(tasks));
  std::atomic<std::int64_t> stop{tasks};
  workers.run(tasks, [&](std::int64_t task, int worker) {
    if (task > stop) return;
    try {
      body(task, worker);
    } catch (const DataError& error) {
      errors[static_cast<std::size_t>(task)] = error;
      for (std::int64_t seen = stop; task < seen && !stop.compare_exchange_weak(seen, task);) continue;
    }
  });
  if (stop < tasks) throw *errors[static_cast<std::size_t>(stop)];
}

}  // namespace cnnctl
