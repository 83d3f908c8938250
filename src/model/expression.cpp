#include "model/expression.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <vector>

#include "config/suggest.hpp"

namespace cnnctl {
namespace {

constexpr std::size_t kLongestText = 1000;
constexpr int kDeepestBrackets = 32;

struct Refused {
  std::string message;
};

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the name behind a '$'.
std::string_view take_name(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_name_char(text[end])) ++end;
  const std::string_view name = text.substr(0, end);
  text.remove_prefix(end);
  return name;
}

const Node& look_up(std::string_view name, const Variables& variables, std::string_view owner) {
  const auto it = variables.find(name);
  if (it != variables.end()) return it->second;
  std::vector<std::string_view> names;
  for (const auto& [known, value] : variables) names.push_back(known);
  throw Refused{fmt::format("{} has no parameter '{}'{}", owner, name, suggest_or_list(name, names))};
}

/// sum = product {(+|-) product}; product = factor {(*|/) factor}; factor = number | $name | (sum)
class Arithmetic {
 public:
  Arithmetic(std::string_view text, const Variables& variables, std::string_view owner)
      : whole_(text), rest_(text), variables_(variables), owner_(owner) {}

  std::int64_t value() {
    const std::int64_t result = sum();
    if (!rest_.empty()) refuse("cannot be computed");
    return result;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw Refused{fmt::format("'{}' {}", whole_, why)}; }

  bool take(char c) {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::int64_t sum() {
    if (++depth_ > kDeepestBrackets) refuse("has too many brackets");
    std::int64_t result = product();
    while (true) {
      const bool add = take('+');
      if (!add && !take('-')) break;
      const std::int64_t right = product();
      if (add ? __builtin_add_overflow(result, right, &result) : __builtin_sub_overflow(result, right, &result))
        refuse("is too large");
    }
    --depth_;
    return result;
  }

  std::int64_t product() {
    std::int64_t result = factor();
    while (true) {
      const bool multiply = take('*');
      if (!multiply && !take('/')) return result;
      const std::int64_t right = factor();
      if (multiply) {
        if (__builtin_mul_overflow(result, right, &result)) refuse("is too large");
      } else {
        if (right == 0) refuse("divides by zero");
        if (right == -1 || result % right != 0) refuse(fmt::format("is not a whole number: {} / {}", result, right));
        result /= right;
      }
    }
  }

  std::int64_t factor() {
    if (take('(')) {
      const std::int64_t result = sum();
      if (!take(')')) refuse("has a bracket that is not closed");
      return result;
    }
    if (!take('$')) return number(rest_, true);
    const std::string_view name = take_name(rest_);
    const Node& node = look_up(name, variables_, owner_);
    std::string_view text = node.is_scalar() && !node.quoted() ? std::string_view(node.text()) : "";
    const bool negative = text.starts_with('-');
    const bool whole = text.find_first_not_of("0123456789", negative ? 1 : 0) == std::string_view::npos;
    if (text.empty() || !whole)
      refuse(fmt::format("computes with whole numbers only, and {} is {}", name, node.describe()));
    return number(text, false);
  }

  std::int64_t number(std::string_view& text, bool unsigned_only) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    std::int64_t result = 0;
    if (text.empty() || (unsigned_only && !is_digit(text[0]))) refuse("cannot be computed");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error == std::errc::result_out_of_range) refuse("is too large");
    if (error != std::errc()) refuse("cannot be computed");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return result;
  }

  std::string_view whole_, rest_;
  const Variables& variables_;
  std::string_view owner_;
  int depth_ = 0;
};

/// Numbers, variables, operators and brackets, and nothing else.
bool is_arithmetic(std::string_view text) {
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '$')
      take_name(text);
    else if (!is_digit(c) && std::string_view("+-*/() ").find(c) == std::string_view::npos)
      return false;
  }
  return true;
}

std::string interpolate(std::string_view text, const Variables& variables, std::string_view owner) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) break;
    text.remove_prefix(1);
    const std::string_view name = take_name(text);
    if (name.empty()) throw Refused{"a name must follow the '$'"};
    const Node& value = look_up(name, variables, owner);
    if (!value.is_scalar())
      throw Refused{fmt::format("${} is {}, and cannot be part of a text", name, value.describe())};
    out += value.text();
    if (out.size() > kLongestText) throw Refused{fmt::format("becomes longer than {} letters", kLongestText)};
  }
  return out;
}

Node replace(const Node& node, const Variables& variables, std::string_view owner) {
  std::string_view text = node.text();
  if (text.starts_with('$')) {
    text.remove_prefix(1);
    const std::string_view name = take_name(text);
    if (text.empty() && !name.empty()) return look_up(name, variables, owner);
  }
  if (is_arithmetic(node.text()))
    return Node::plain(std::to_string(Arithmetic(node.text(), variables, owner).value()), node.where());
  return Node::plain(interpolate(node.text(), variables, owner), node.where());
}

}  // namespace

Node substitute(const Node& node, const Variables& variables, std::string_view owner, Diagnostics& diagnostics) {
  Node copy = node;
  if (copy.is_list()) {
    for (Node& item : copy.items()) item = substitute(item, variables, owner, diagnostics);
  } else if (copy.is_map()) {
    for (Node::Entry& entry : copy.entries()) entry.value = substitute(entry.value, variables, owner, diagnostics);
  } else if (copy.is_scalar() && !copy.quoted() && copy.text().find('$') != std::string::npos) {
    try {
      copy = replace(node, variables, owner);
    } catch (const Refused& refused) {
      diagnostics.error(node.where(), refused.message);
    }
  }
  return copy;
}

bool mentions(std::string_view text, std::string_view name) {
  while (true) {
    const std::size_t dollar = text.find('$');
    if (dollar == std::string_view::npos) return false;
    text.remove_prefix(dollar + 1);
    if (take_name(text) == name) return true;
  }
}

}  // namespace cnnctl
