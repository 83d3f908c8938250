#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/text.hpp"

namespace cnnctl {
namespace {

std::string canonical(std::string_view word) {
  std::string text;
  for (const char c : word)
    if (c != '_') text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string_view translate(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string plain = canonical(word);
  for (const std::string_view candidate : candidates)
    if (canonical(candidate) == plain) return candidate;
  for (const auto& [theirs, ours] : foreign_words())
    if (theirs == plain && contains(candidates, ours)) return ours;
  return {};
}

/// The candidate whose first words are nearest: "kernal" means "kernel_size".
std::string_view nearest_beginning(std::string_view word, std::span<const std::string_view> candidates) {
  std::vector<std::string_view> beginnings, owners;
  for (const std::string_view candidate : candidates) {
    for (std::size_t end = candidate.find('_'); end != std::string_view::npos; end = candidate.find('_', end + 1)) {
      if (end < 3) continue;
      beginnings.push_back(candidate.substr(0, end));
      owners.push_back(candidate);
    }
  }
  const auto best = nearest(word, beginnings);
  if (!best || word.size() < 3) return {};
  return owners[static_cast<std::size_t>(std::find(beginnings.begin(), beginnings.end(), *best) - beginnings.begin())];
}

}  // namespace

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string_view meant(std::string_view word, std::span<const std::string_view> candidates) {
  if (const std::string_view ours = translate(word, candidates); !ours.empty()) return ours;
  if (const auto near = nearest(word, candidates)) return *near;
  return nearest_beginning(word, candidates);
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates) {
  if (contains(candidates, word.substr(0, word.find(':')))) return " (a blank must follow the ':')";
  if (word.starts_with('-') && contains(candidates, word.substr(1))) return " (a blank must follow the '-')";
  const std::string_view candidate = meant(word, candidates);
  return candidate.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", candidate);
}

std::string suggest_or_list(std::string_view word, std::span<const std::string_view> candidates) {
  if (std::string near = suggest(word, candidates); !near.empty()) return near;
  return candidates.empty() ? std::string() : "; known are " + join(candidates);
}

std::string suggest_and_list(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string hint = suggest(word, candidates);
  const bool certain = hint.starts_with(" (a blank");
  return hint + (certain || candidates.empty() ? std::string() : "; known are " + join(candidates));
}

bool refuse_unknown_keys(const Node& map, std::span<const std::string_view> names, std::string_view what,
                         std::string_view noun, Diagnostics& diagnostics) {
  bool good = true;
  for (const Node::Entry& entry : map.entries()) {
    if (contains(names, entry.key)) continue;
    const std::string hint = names.empty() ? "; it takes none" : suggest_or_list(entry.key, names);
    diagnostics.error(entry.where, fmt::format("{} has no {} '{}'{}", what, noun, entry.key, hint));
    good = false;
  }
  return good;
}

bool is_misspelt(std::string_view name, const Node& map, std::span<const std::string_view> names) {
  return std::any_of(map.entries().begin(), map.entries().end(), [&](const Node::Entry& entry) {
    return !contains(names, entry.key) && meant(entry.key, names) == name;
  });
}

}  // namespace cnnctl
