#include "checkpoint/names.hpp"

#include <fmt/format.h>

namespace cnnctl {
namespace {

constexpr std::string_view kStatePrefix = "optimizer.";

}  // namespace

std::string state_name(std::string_view state, std::string_view parameter) {
  return fmt::format("{}{}.{}", kStatePrefix, state, parameter);
}

bool is_state_name(std::string_view name) { return name.starts_with(kStatePrefix); }

std::string nonfinite_message(std::int64_t count, std::string_view first) {
  return fmt::format("holds {} value{} not finite, the first in '{}'", count, count == 1 ? " that is" : "s that are",
                     first);
}

}  // namespace cnnctl
