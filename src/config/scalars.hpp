// Strict scalars: text to numbers and truth values, without surprises. `010`, `0x10`, `1_000`, `yes`, `.inf`, `1e999`
// and "1" in quotes are refused, each with what to write instead.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/fields.hpp"
#include "config/node.hpp"

namespace cnnctl {

/// The number or truth value; otherwise nothing, and `problem` says why: "must be a whole number, got '010' (write
/// 10)".
std::optional<std::int64_t> to_integer(const Node& node, std::string& problem);
std::optional<double> to_real(const Node& node, std::string& problem);
std::optional<bool> to_bool(const Node& node, std::string& problem);

/// The shortest text that reads back as the same number.
std::string number_text(double value);

/// "at least 1", "above 0", "at least 0 and below 1", "between 0 and 1"; empty for no limits.
std::string limits_text(const Limits& limits);
bool within(const Limits& limits, double value);

}  // namespace cnnctl
