#include "checkpoint/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cnnctl {
namespace {

constexpr std::string_view kStatePrefix = "optimizer.";

/// DataParallel, torch.compile, members of Lightning modules and of other trainers, keys of checkpoints.
constexpr std::string_view kWrappers[] = {"module",  "_orig_mod", "model",      "net",
                                          "network", "backbone",  "state_dict", "model_state_dict"};

constexpr std::size_t kShownNames = 6;

}  // namespace

std::string state_name(std::string_view state, std::string_view parameter) {
  return fmt::format("{}{}.{}", kStatePrefix, state, parameter);
}

bool is_state_name(std::string_view name) { return name.starts_with(kStatePrefix) || is_data_name(name); }

bool is_data_name(std::string_view name) {
  const std::string_view names[] = {kTrainKeys, kTrainMarks, kHeldBack, kValidationKeys, kValidationMarks};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::vector<std::string_view> wrappings(std::string_view name) {
  std::vector<std::string_view> found;
  for (std::size_t begin = 0, dot = name.find('.'); dot != name.npos; dot = name.find('.', begin)) {
    if (std::find(std::begin(kWrappers), std::end(kWrappers), name.substr(begin, dot - begin)) == std::end(kWrappers))
      break;
    begin = dot + 1;
    found.push_back(name.substr(0, begin));
  }
  return found;
}

std::string first_few(std::span<const std::string> names, std::string_view separator) {
  const std::size_t shown = std::min(names.size(), kShownNames);
  std::string text = fmt::format("{}", fmt::join(names.first(shown), separator));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

bool is_variance(std::string_view name) {
  constexpr std::string_view kSquares[] = {"exp_avg_sq", "square_avg", "sum"};
  if (name == "running_var" || name.ends_with(".running_var")) return true;
  return std::any_of(std::begin(kSquares), std::end(kSquares),
                     [&](std::string_view state) { return name.starts_with(state_name(state, "")); });
}

std::string negative_message(std::int64_t negative, std::int64_t count, std::string_view name, double least) {
  return fmt::format("'{}' holds {} negative value{} of {}, the least {:.6g}: a variance is never negative", name,
                     negative, negative == 1 ? "" : "s", count, least);
}

std::string nonfinite_message(std::int64_t count, std::string_view first) {
  return fmt::format("holds {} value{} not finite, the first in '{}'", count, count == 1 ? " that is" : "s that are",
                     first);
}

}  // namespace cnnctl
