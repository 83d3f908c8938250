// Words that saving, loading and inspecting share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cnnctl {

/// The tensor name of an optimizer's array: "optimizer.momentum.conv1.weight".
std::string state_name(std::string_view state, std::string_view parameter);
bool is_state_name(std::string_view name);

/// "holds 3 values that are not finite, the first in 'conv1.weight'".
std::string nonfinite_message(std::int64_t count, std::string_view first);

}  // namespace cnnctl
