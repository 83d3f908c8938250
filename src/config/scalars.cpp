#include "config/scalars.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace cnnctl {
namespace {

constexpr double kUnlimited = 1e300;

std::string_view take_digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

bool is_canonical(std::string_view digits) { return digits.size() == 1 || digits.front() != '0'; }

bool is_integer_text(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::string_view digits = take_digits(text);
  return !digits.empty() && text.empty() && is_canonical(digits);
}

/// Decimal: digits, a point, digits, an exponent; one side of the point may be empty.
bool is_real_text(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::string_view whole = take_digits(text);
  if (!whole.empty() && !is_canonical(whole)) return false;
  std::size_t digits = whole.size();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += take_digits(text).size();
  }
  if (digits == 0) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (take_digits(text).empty()) return false;
  }
  return text.empty();
}

/// A legal spelling of a number that is nearly right: without '_', '+' and leading zeros; empty if that is not it.
std::string respell(std::string_view text) {
  std::string plain;
  std::copy_if(text.begin(), text.end(), std::back_inserter(plain), [](char c) { return c != '_' && c != '+'; });
  const std::size_t start = plain.starts_with('-') ? 1 : 0;
  while (plain.size() > start + 1 && plain[start] == '0' && plain[start + 1] >= '0' && plain[start + 1] <= '9')
    plain.erase(start, 1);
  return is_real_text(plain) ? plain : std::string();
}

std::optional<double> parse_real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string refuse(const Node& node, std::string_view wanted, const std::string& hint = {}) {
  return fmt::format("must be {}, got {}{}", wanted, node.describe(), hint.empty() ? "" : " (" + hint + ")");
}

}  // namespace

std::optional<std::int64_t> to_integer(const Node& node, std::string& problem) {
  constexpr std::string_view kWanted = "a whole number";
  if (!node.is_scalar() || (node.quoted() && !is_integer_text(node.text()))) {
    problem = refuse(node, kWanted);
    return std::nullopt;
  }
  const std::string& text = node.text();
  if (node.quoted()) {
    problem = refuse(node, kWanted, "remove the quotes");
    return std::nullopt;
  }
  if (!is_integer_text(text)) {
    const std::string spelling = respell(text);
    const auto value = spelling.empty() ? std::nullopt : parse_real(spelling);
    const bool whole = value && std::abs(*value) < 1e15 && *value == std::floor(*value);
    problem = refuse(node, kWanted, whole ? fmt::format("write {:.0f}", *value) : "");
    return std::nullopt;
  }
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc()) return value;
  problem = refuse(node, kWanted, "too large");
  return std::nullopt;
}

std::optional<double> to_real(const Node& node, std::string& problem) {
  constexpr std::string_view kWanted = "a number";
  if (!node.is_scalar() || (node.quoted() && !is_real_text(node.text()))) {
    problem = refuse(node, kWanted);
    return std::nullopt;
  }
  const std::string& text = node.text();
  if (node.quoted()) {
    problem = refuse(node, kWanted, "remove the quotes");
    return std::nullopt;
  }
  if (!is_real_text(text)) {
    const std::string spelling = respell(text);
    problem = looks_typed(text) && text.find_first_of("infaINFA") != std::string::npos && text.find('.') != text.npos
                  ? refuse(node, "a finite number")
                  : refuse(node, kWanted, spelling.empty() ? "" : "write " + spelling);
    return std::nullopt;
  }
  if (const auto value = parse_real(text)) return value;
  const bool tiny = text.find("e-") != std::string::npos || text.find("E-") != std::string::npos;
  problem = refuse(node, kWanted, tiny ? "too small: write 0" : "too large");
  return std::nullopt;
}

std::optional<bool> to_bool(const Node& node, std::string& problem) {
  if (node.is_scalar() && !node.quoted() && node.text() == "true") return true;
  if (node.is_scalar() && !node.quoted() && node.text() == "false") return false;
  std::string hint;
  if (node.is_scalar()) {
    std::string word = node.text();
    std::transform(word.begin(), word.end(), word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    if (word == "true" || word == "yes" || word == "on" || word == "y" || word == "1") hint = "write true";
    if (word == "false" || word == "no" || word == "off" || word == "n" || word == "0") hint = "write false";
  }
  problem = refuse(node, "true or false", hint);
  return std::nullopt;
}

std::string number_text(double value) { return fmt::format("{}", value); }

std::string limits_text(const Limits& limits) {
  const bool low = limits.low > -kUnlimited, high = limits.high < kUnlimited;
  if (low && high && !limits.low_open && !limits.high_open)
    return fmt::format("between {} and {}", limits.low, limits.high);
  std::string text;
  if (low) text = fmt::format("{} {}", limits.low_open ? "above" : "at least", limits.low);
  if (low && high) text += " and ";
  if (high) text += fmt::format("{} {}", limits.high_open ? "below" : "at most", limits.high);
  return text;
}

bool within(const Limits& limits, double value) {
  if (value < limits.low || (limits.low_open && value == limits.low)) return false;
  return value <= limits.high && !(limits.high_open && value == limits.high);
}

}  // namespace cnnctl
