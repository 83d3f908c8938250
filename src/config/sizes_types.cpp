// The types of fields that hold numbers along the axes of an image, a sequence or a volume: sizes and paddings.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/check.hpp"
#include "config/field_type.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"

namespace cnnctl {
namespace {

using Integer = FieldType<std::int64_t>;

constexpr std::array<std::string_view, 3> kPaddingRules = {"same", "valid", "full"};  // as Padding::Rule, from 1

int axes_of(const Limits& limits) {
  CNNCTL_CHECK(limits.axes >= 1 && limits.axes <= Sizes::kMaxAxes);
  return limits.axes;
}

/// A padding is never negative.
Limits padding_limits(Limits limits) {
  limits.low = std::max(limits.low, 0.0);
  return limits;
}

/// All numbers of a list; nothing if one of them is wrong, each of which is reported.
std::optional<std::vector<std::int64_t>> read_integers(const Node& list, const Reading& r) {
  std::vector<std::int64_t> values(list.items().size());
  bool good = true;
  for (std::size_t i = 0; i < values.size(); ++i) good = Integer::read(values[i], list.items()[i], r) && good;
  if (!good) return std::nullopt;
  return values;
}

/// "[height, width]"
std::string_view axes_text(int axes) {
  constexpr std::array<std::string_view, 3> kTexts = {"[length]", "[height, width]", "[depth, height, width]"};
  return kTexts[static_cast<std::size_t>(axes - 1)];
}

std::string_view padding_type(int axes) {
  constexpr std::array<std::string_view, 3> kTexts = {
      "a number, [before, after], same, valid or full",
      "a number, [vertical, horizontal], [top, left, bottom, right], same, valid or full",
      "a number, [depth, height, width], [front, top, left, back, bottom, right], same, valid or full"};
  return kTexts[static_cast<std::size_t>(axes - 1)];
}

Node list_of(std::span<const std::int64_t> values) {
  Node list = Node::list();
  for (const std::int64_t value : values) list.items().push_back(*Integer::write(value));
  return list;
}

bool read_rule(Padding& to, const Node& word, const Reading& r) {
  const auto rule = std::find(kPaddingRules.begin(), kPaddingRules.end(), word.text());
  if (rule == kPaddingRules.end())
    return r.fail(word.where(), fmt::format("{} must be {}, got '{}'{}", r.label, padding_type(axes_of(r.limits)),
                                            word.text(), suggest(word.text(), kPaddingRules)));
  to = {static_cast<Padding::Rule>(rule - kPaddingRules.begin() + 1), {}, {}};
  return true;
}

}  // namespace

bool FieldType<Sizes>::read(Sizes& to, const Node& node, const Reading& r) {
  const int axes = axes_of(r.limits);
  if (!node.is_list()) {
    std::int64_t size = 0;
    if (!Integer::read(size, node, r)) return false;
    to = Sizes::all(axes, size);
    return true;
  }
  if (node.items().size() != static_cast<std::size_t>(axes))
    return r.fail(node.where(), fmt::format("{} must be {}, got {}", r.label, type(r.limits), node.describe()));
  const auto values = read_integers(node, r);
  if (values) to = Sizes(*values);
  return values.has_value();
}
std::optional<Node> FieldType<Sizes>::write(const Sizes& from) {
  if (from.axes() == 0) return std::nullopt;
  return from.are_all(from[0]) ? *Integer::write(from[0]) : list_of(from.values());
}
std::string FieldType<Sizes>::type(const Limits& limits) {
  const int axes = axes_of(limits);
  return axes == 1 ? "one number" : fmt::format("one number or {}", axes_text(axes));
}
Node FieldType<Sizes>::schema(const Limits& limits) {
  const Node number = schema_number("integer", limits);
  return schema_any({number, schema_array(number, axes_of(limits))});
}

bool FieldType<Padding>::read(Padding& to, const Node& node, const Reading& r) {
  const Reading numbers{r.label, padding_limits(r.limits), r.where, r.diagnostics};
  const auto axes = static_cast<std::size_t>(axes_of(r.limits));
  const std::size_t count = node.is_list() ? node.items().size() : 0;
  if (count == axes || count == 2 * axes) {
    const auto values = read_integers(node, numbers);
    if (!values) return false;
    to = {Padding::Rule::given, Sizes(std::span(*values).first(axes)), Sizes(std::span(*values).last(axes))};
    return true;
  }
  if (!node.is_scalar())
    return r.fail(node.where(),
                  fmt::format("{} must be {}, got {}", r.label, padding_type(r.limits.axes), node.describe()));
  if (!node.quoted() && !looks_typed(node.text())) return read_rule(to, node, r);
  std::int64_t size = 0;
  if (!Integer::read(size, node, numbers)) return false;
  to = {Padding::Rule::given, Sizes::all(r.limits.axes, size), Sizes::all(r.limits.axes, size)};
  return true;
}
std::optional<Node> FieldType<Padding>::write(const Padding& from) {
  if (from.rule != Padding::Rule::given)
    return Node::plain(std::string(kPaddingRules[static_cast<std::size_t>(from.rule) - 1]));
  if (from.is_none()) return Integer::write(0);
  if (from.before == from.after) return FieldType<Sizes>::write(from.before);
  Node both = list_of(from.before.values());
  for (const std::int64_t after : from.after.values()) both.items().push_back(*Integer::write(after));
  return both;
}
std::string FieldType<Padding>::type(const Limits& limits) { return std::string(padding_type(axes_of(limits))); }
Node FieldType<Padding>::schema(const Limits& limits) {
  const Node number = schema_number("integer", padding_limits(limits));
  const int axes = axes_of(limits);
  return schema_any({number, schema_array(number, axes), schema_array(number, 2 * axes), schema_words(kPaddingRules)});
}

}  // namespace cnnctl
