// The codecs of single values: numbers, words, paths, extents, paddings.
#include "config/codecs.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "config/scalars.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"

namespace cnnctl {
namespace {

template <class Number>
bool check_limits(Number value, const Node& node, const Reading& r) {
  if (within(r.limits, static_cast<double>(value))) return true;
  return r.fail(node.where(), fmt::format("{} must be {}, got {}", r.label, limits_text(r.limits), value));
}

bool read_integer(std::int64_t& value, const Node& node, const Reading& r) {
  std::string problem;
  const auto number = to_integer(node, problem);
  if (!number) return r.fail(node.where(), r.label + " " + problem);
  if (!check_limits(*number, node, r)) return false;
  value = *number;
  return true;
}

/// Every number of a list; the list must have one of the allowed lengths.
bool read_integers(std::span<std::int64_t> values, const Node& node, const Reading& r) {
  bool good = true;
  for (std::size_t i = 0; i < values.size(); ++i) good = read_integer(values[i], node.items()[i], r) && good;
  return good;
}

Node integer_node(std::int64_t value) { return Node::plain(std::to_string(value)); }

constexpr std::string_view kExtentType = "one number or [height, width]";
constexpr std::string_view kPaddingType =
    "a number, [vertical, horizontal], [top, left, bottom, right], same, valid or full";
constexpr std::array<std::string_view, 3> kPaddingRules = {"same", "valid", "full"};  // as Padding::Rule, from 1

}  // namespace

bool read_value(bool& value, const Node& node, const Reading& r) {
  std::string problem;
  const auto truth = to_bool(node, problem);
  if (!truth) return r.fail(node.where(), r.label + " " + problem);
  value = *truth;
  return true;
}
std::optional<Node> write_value(const bool& value) { return Node::plain(value ? "true" : "false"); }

std::string type_of(const bool&) { return "true or false"; }

Node schema_of_value(const bool&, const Limits&) { return schema_type("boolean"); }

bool read_value(std::int64_t& value, const Node& node, const Reading& r) { return read_integer(value, node, r); }
std::optional<Node> write_value(const std::int64_t& value) { return integer_node(value); }

std::string type_of(const std::int64_t&) { return "whole number"; }

Node schema_of_value(const std::int64_t&, const Limits& limits) { return schema_number("integer", limits); }

bool read_value(double& value, const Node& node, const Reading& r) {
  std::string problem;
  const auto number = to_real(node, problem);
  if (!number) return r.fail(node.where(), r.label + " " + problem);
  if (!check_limits(*number, node, r)) return false;
  value = *number;
  return true;
}
std::optional<Node> write_value(const double& value) { return Node::plain(number_text(value)); }

std::string type_of(const double&) { return "number"; }

Node schema_of_value(const double&, const Limits& limits) { return schema_number("number", limits); }

bool read_value(std::string& value, const Node& node, const Reading& r) {
  if (!node.is_scalar())
    return r.fail(node.is_null() ? r.where : node.where(),
                  fmt::format("{} must be text, got {}", r.label, node.describe()));
  value = node.text();
  return true;
}
std::optional<Node> write_value(const std::string& value) { return Node::string(value); }

std::string type_of(const std::string&) { return "text"; }

Node schema_of_value(const std::string&, const Limits&) { return schema_type("string"); }

bool read_value(Path& value, const Node& node, const Reading& r) {
  if (!node.is_scalar() || node.text().empty())
    return r.fail(node.is_null() ? r.where : node.where(),
                  fmt::format("{} must be a path, got {}", r.label, node.describe()));
  const std::filesystem::path folder = std::filesystem::path(node.where().file).parent_path();
  value.text = (folder / node.text()).lexically_normal().string();
  return true;
}
/// Absolute, since a resolved configuration is read from another folder.
std::optional<Node> write_value(const Path& value) {
  if (value.text.empty()) return std::nullopt;
  return Node::string(std::filesystem::absolute(value.text).lexically_normal().string());
}

std::string type_of(const Path&) { return "path"; }

Node schema_of_value(const Path&, const Limits&) { return schema_type("string"); }

bool read_value(Extent& value, const Node& node, const Reading& r) {
  std::array<std::int64_t, 2> sizes{};
  if (node.is_list()) {
    if (node.items().size() != 2)
      return r.fail(node.where(), fmt::format("{} must be {}, got {}", r.label, kExtentType, node.describe()));
    if (!read_integers(sizes, node, r)) return false;
  } else {
    if (!read_integer(sizes[0], node, r)) return false;
    sizes[1] = sizes[0];
  }
  value = {sizes[0], sizes[1]};
  return true;
}
std::optional<Node> write_value(const Extent& value) {
  if (value.height == value.width) return integer_node(value.height);
  return Node::list({integer_node(value.height), integer_node(value.width)});
}

std::string type_of(const Extent&) { return std::string(kExtentType); }

Node schema_of_value(const Extent&, const Limits& limits) {
  return schema_any({schema_number("integer", limits), schema_array(schema_number("integer", limits), 2)});
}

bool read_value(Padding& value, const Node& node, const Reading& r) {
  const Limits limits{.low = std::max(r.limits.low, 0.0), .high = r.limits.high};
  const Reading numbers{r.label, limits, r.where, r.diagnostics};
  std::array<std::int64_t, 4> p{};
  if (node.is_list() && (node.items().size() == 2 || node.items().size() == 4)) {
    const std::size_t size = node.items().size();
    if (!read_integers(std::span(p).first(size), node, numbers)) return false;
    if (size == 2) p = {p[0], p[1], p[0], p[1]};
  } else if (node.is_scalar() && (node.quoted() || looks_typed(node.text()))) {
    if (!read_integer(p[0], node, numbers)) return false;
    p.fill(p[0]);
  } else if (node.is_scalar()) {
    for (std::size_t i = 0; i < kPaddingRules.size(); ++i) {
      if (node.text() != kPaddingRules[i]) continue;
      value = {static_cast<Padding::Rule>(i + 1), 0, 0, 0, 0};
      return true;
    }
    return r.fail(node.where(), fmt::format("{} must be {}, got '{}'{}", r.label, kPaddingType, node.text(),
                                            suggest(node.text(), kPaddingRules)));
  } else {
    return r.fail(node.where(), fmt::format("{} must be {}, got {}", r.label, kPaddingType, node.describe()));
  }
  value = {Padding::Rule::given, p[0], p[1], p[2], p[3]};
  return true;
}
std::optional<Node> write_value(const Padding& value) {
  const Padding& p = value;
  if (p.rule != Padding::Rule::given)
    return Node::plain(std::string(kPaddingRules[static_cast<std::size_t>(p.rule) - 1]));
  if (p.top != p.bottom || p.left != p.right)
    return Node::list({integer_node(p.top), integer_node(p.left), integer_node(p.bottom), integer_node(p.right)});
  if (p.top != p.left) return Node::list({integer_node(p.top), integer_node(p.left)});
  return integer_node(p.top);
}

std::string type_of(const Padding&) { return std::string(kPaddingType); }

Node schema_of_value(const Padding&, const Limits&) {
  const Node number = schema_number("integer", at_least(0));
  return schema_any({number, schema_array(number, 2), schema_array(number, 4), schema_words(kPaddingRules)});
}

}  // namespace cnnctl
