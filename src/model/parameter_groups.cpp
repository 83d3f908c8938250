#include "model/parameter_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace cnnctl {
namespace {

/// What one element of a pattern accepts, and how many characters of the pattern it takes.
struct PatternElement {
  bool accepts;
  std::size_t length;
};

/// "[a-c]" and its like at the beginning of `pattern`; a plain character where it is none.
PatternElement match_one(std::string_view pattern, char c) {
  if (pattern[0] == '?') return {true, 1};
  const bool negated = pattern.substr(0, 2) == "[!";
  const std::size_t first = negated ? 2 : 1;
  const std::size_t close = pattern.find(']', first + 1);  // a ']' that comes first is one of the characters
  if (pattern[0] != '[' || close == pattern.npos) return {pattern[0] == c, 1};
  bool found = false;
  for (std::size_t i = first; i < close; ++i) {
    if (i + 2 < close && pattern[i + 1] == '-') {
      found = found || (pattern[i] <= c && c <= pattern[i + 2]);
      i += 2;
    } else {
      found = found || pattern[i] == c;
    }
  }
  return {found != negated, close + 1};
}

/// Patterns that would match, made of the names and of their parts: "fc.weight", "layer1.*", "*.bias".
std::vector<std::string> patterns_of(std::span<const std::string> names) {
  std::set<std::string> all;
  for (const std::string& name : names) {
    all.insert(name);
    for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
      all.insert(name.substr(0, dot) + ".*");
      all.insert("*" + name.substr(dot));
    }
  }
  return {all.begin(), all.end()};
}

std::string hint(const NamePattern& pattern, std::span<const std::string> names) {
  const std::vector<std::string> patterns = patterns_of(names);
  const std::vector<std::string_view> candidates(patterns.begin(), patterns.end());
  const std::string meant = did_you_mean(pattern.text, candidates);
  if (!meant.empty() || names.empty()) return meant;
  constexpr std::size_t kShown = 8;
  const std::vector<std::string_view> first(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())));
  return fmt::format("; there are {}{}", join(first), names.size() > kShown ? " ..." : "");
}

}  // namespace

/// Takes the text as it stands and remembers where that is.
template <>
struct FieldType<NamePattern> {
  using Text = FieldType<std::string>;
  static bool read(NamePattern& pattern, const Node& node, const Reading& reading) {
    pattern.where = node.where();
    return Text::read(pattern.text, node, reading);
  }
  static std::optional<Node> write(const NamePattern& pattern) { return Text::write(pattern.text); }
  static std::string type(const Limits& limits) { return Text::type(limits); }
  static Node schema(const Limits& limits) { return Text::schema(limits); }
};

bool NamePattern::matches(std::string_view name) const {
  // Where the last '*' stands, and how many characters it has taken so far: only that one is ever reconsidered.
  std::size_t at = 0, star = std::string::npos, taken = 0;
  for (std::size_t i = 0; i < name.size();) {
    if (at < text.size() && text[at] == '*') {
      star = at++;
      taken = i;
      continue;
    }
    if (at < text.size()) {
      if (const PatternElement element = match_one(std::string_view(text).substr(at), name[i]); element.accepts) {
        at += element.length;
        ++i;
        continue;
      }
    }
    if (star == std::string::npos) return false;
    at = star + 1;
    i = ++taken;
  }
  while (at < text.size() && text[at] == '*') ++at;
  return at == text.size();
}

bool ParameterGroup::matches(std::string_view name) const {
  return std::any_of(match.begin(), match.end(), [&](const NamePattern& pattern) { return pattern.matches(name); });
}

void ParameterGroup::fields(Fields& f) {
  f.shorthand("match");
  f.required(
      "match", match,
      "patterns over full names such as layer1.0.conv1.weight, one or a list: * any characters, ? one, [0-3] one "
      "of these, [!0-3] one of the others");
  f.check(!match.empty(), "match", "match needs a pattern: \"fc.*\"");
  f.optional(
      "train", train,
      "false: frozen. Values do not move, and no gradient is computed that nobody wants; a batch norm of which nothing "
      "is trained runs on its running_mean and running_var and leaves them as they are, else they follow the batches");
  f.optional("lr_scale", lr_scale, "factor on the learning rate", at_least(0));
  f.optional("decay_scale", decay_scale, "factor on the optimizer's weight decay", at_least(0));
}

std::optional<std::size_t> group_of(std::span<const ParameterGroup> groups, std::string_view name) {
  const auto found =
      std::find_if(groups.begin(), groups.end(), [&](const ParameterGroup& group) { return group.matches(name); });
  if (found == groups.end()) return std::nullopt;
  return static_cast<std::size_t>(found - groups.begin());
}

void check_groups(std::span<const ParameterGroup> groups, std::span<const std::string> names,
                  Diagnostics& diagnostics) {
  std::vector<bool> used(groups.size());
  for (const std::string& name : names)
    if (const auto group = group_of(groups, name)) used[*group] = true;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    bool all_match = true;
    for (const NamePattern& pattern : groups[i].match) {
      if (std::any_of(names.begin(), names.end(), [&](const std::string& name) { return pattern.matches(name); }))
        continue;
      diagnostics.error(pattern.where, fmt::format("'{}' matches no parameter{}", pattern.text, hint(pattern, names)));
      all_match = false;
    }
    if (all_match && !used[i] && !groups[i].match.empty())
      diagnostics.error(groups[i].match[0].where,
                        "all parameters that this entry matches are matched by an entry before it, and the first match "
                        "wins: put it further up");
  }
}

}  // namespace cnnctl
