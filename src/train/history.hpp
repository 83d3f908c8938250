// What a run's events.jsonl tells of it: where it ran, and the bits at points on its way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/environment.hpp"

namespace cnnctl {

struct RunHistory {
  /// The weights after a step, 0: before the first.
  struct Point {
    std::int64_t step = 0;
    std::string weights_hash;  // 16 hexadecimal digits
  };

  Environment began, last;    // where it began, and where it last went on; empty if no line tells
  std::int64_t epochs = 0;    // that were planned when it began; 0: no line tells
  std::vector<Point> points;  // in the order of steps, up to the first rollback
};

/// Reads the file; lines that say nothing of this, or are torn, are passed over. Empty if there is no file.
RunHistory read_history(const std::string& run_dir);

/// The steps after which a training writes its weights' hash down, beside the ends of epochs: 1, 2, 4 ... 64.
constexpr bool is_noted(std::int64_t step) { return step >= 1 && step <= 64 && (step & (step - 1)) == 0; }

}  // namespace cnnctl
