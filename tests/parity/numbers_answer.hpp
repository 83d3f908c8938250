// Answers to questions of parity.py about losses, optimizers and schedules.
#pragma once

#include <nlohmann/json.hpp>

namespace cnnctl::testing {

/// {"got": [...]}: of a loss its mean and its gradient, of an optimizer all values after each step, of a schedule the
/// rate of each step.
nlohmann::json numbers_answer(const nlohmann::json& question);

}  // namespace cnnctl::testing
