// The types of fields that hold one value: truth values, numbers, text and paths.
#include <fmt/format.h>

#include <filesystem>
#include <type_traits>

#include "config/field_type.hpp"
#include "config/scalars.hpp"
#include "config/schema.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

template <class Number>
bool check_limits(Number value, const Node& node, const Reading& r) {
  // A whole number whose field gives no upper limit still meets sizes that it is multiplied with.
  const bool unlimited = r.limits.high >= Limits{}.high;
  if (std::is_integral_v<Number> && unlimited && value > kLargestSize)
    return r.fail(node.where(), fmt::format("{} must be at most {}, got {}", r.label, kLargestSize, value));
  if (within(r.limits, static_cast<double>(value))) return true;
  return r.fail(node.where(), fmt::format("{} must be {}, got {}", r.label, limits_text(r.limits), value));
}

}  // namespace

bool FieldType<bool>::read(bool& to, const Node& node, const Reading& r) {
  std::string problem;
  const auto truth = to_bool(node, problem);
  if (!truth) return r.fail(node.where(), r.label + " " + problem);
  to = *truth;
  return true;
}
std::optional<Node> FieldType<bool>::write(const bool& from) { return Node::plain(from ? "true" : "false"); }
std::string FieldType<bool>::type(const Limits&) { return "true or false"; }
Node FieldType<bool>::schema(const Limits&) { return schema_type("boolean"); }

bool FieldType<std::int64_t>::read(std::int64_t& to, const Node& node, const Reading& r) {
  std::string problem;
  const auto number = to_integer(node, problem);
  if (!number) return r.fail(node.where(), r.label + " " + problem);
  if (!check_limits(*number, node, r)) return false;
  to = *number;
  return true;
}
std::optional<Node> FieldType<std::int64_t>::write(const std::int64_t& from) {
  return Node::plain(std::to_string(from));
}
std::string FieldType<std::int64_t>::type(const Limits&) { return "whole number"; }
Node FieldType<std::int64_t>::schema(const Limits& limits) { return schema_number("integer", limits); }

bool FieldType<double>::read(double& to, const Node& node, const Reading& r) {
  std::string problem;
  const auto number = to_real(node, problem);
  if (!number) return r.fail(node.where(), r.label + " " + problem);
  if (!check_limits(*number, node, r)) return false;
  to = *number;
  return true;
}
std::optional<Node> FieldType<double>::write(const double& from) { return Node::plain(number_text(from)); }
std::string FieldType<double>::type(const Limits&) { return "number"; }
Node FieldType<double>::schema(const Limits& limits) { return schema_number("number", limits); }

bool FieldType<std::string>::read(std::string& to, const Node& node, const Reading& r) {
  if (!node.is_scalar())
    return r.fail(node.is_null() ? r.where : node.where(),
                  fmt::format("{} must be text, got {}", r.label, node.describe()));
  to = node.text();
  return true;
}
std::optional<Node> FieldType<std::string>::write(const std::string& from) { return Node::string(from); }
std::string FieldType<std::string>::type(const Limits&) { return "text"; }
Node FieldType<std::string>::schema(const Limits&) { return schema_type("string"); }

bool FieldType<Path>::read(Path& to, const Node& node, const Reading& r) {
  if (!node.is_scalar() || node.text().empty())
    return r.fail(node.is_null() ? r.where : node.where(),
                  fmt::format("{} must be a path, got {}", r.label, node.describe()));
  const std::filesystem::path folder = std::filesystem::path(node.where().file).parent_path();
  to.text = (folder / node.text()).lexically_normal().string();
  return true;
}
/// Absolute, since a resolved configuration is read from another folder.
std::optional<Node> FieldType<Path>::write(const Path& from) {
  if (from.text.empty()) return std::nullopt;
  return Node::string(std::filesystem::absolute(from.text).lexically_normal().string());
}
std::string FieldType<Path>::type(const Limits&) { return "path"; }
Node FieldType<Path>::schema(const Limits&) { return schema_type("string"); }

}  // namespace cnnctl
