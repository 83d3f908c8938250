#include "cli/help.hpp"

#include <algorithm>
#include <string_view>

namespace cnnctl::cli {
namespace {

constexpr std::size_t kWidth = 80, kColumn = 26;  // of a line; where explanations begin

/// Appends the words of `text`; lines after the first begin at `indent`, and so does the first, which now ends at `at`.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t at) {
  out.append(indent > at ? indent - at : 0, ' ');
  std::size_t column = std::max(indent, at);
  for (bool first = true; !text.empty(); first = false) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!first && column + 1 + word.size() > kWidth) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

void append_entry(std::string& out, const HelpEntry& entry) {
  std::string head = "  " + (entry.positional ? entry.value : entry.name);
  if (!entry.positional && !entry.value.empty()) head += " " + entry.value;
  out += head;
  std::size_t at = head.size();
  if (at + 2 > kColumn) {
    out += '\n';
    at = 0;
  }
  append_wrapped(out, entry.help, kColumn, at);
}

std::string usage_of(const HelpPage& page) {
  std::string usage = page.command + " [OPTIONS]";
  for (const HelpEntry& a : page.arguments)
    if (a.positional) usage += a.required ? " " + a.value : " [" + a.value + "]";
  return usage + (page.commands.empty() ? "" : " COMMAND");
}

}  // namespace

std::string help_text(const HelpPage& page) {
  constexpr std::string_view kUsage = "Usage: ";
  std::string out = page.intro;
  if (!out.ends_with('\n')) out += '\n';
  out += '\n';
  out += kUsage;
  append_wrapped(out, usage_of(page), kUsage.size() + 2, kUsage.size() + 2);
  const auto section = [&out](std::string_view title, const std::vector<HelpEntry>& entries, auto belongs) {
    if (std::none_of(entries.begin(), entries.end(), belongs)) return;
    out += '\n';
    out += title;
    out += ":\n";
    for (const HelpEntry& entry : entries)
      if (belongs(entry)) append_entry(out, entry);
  };
  section("Arguments", page.arguments, [](const HelpEntry& e) { return e.positional; });
  section("Options", page.arguments, [](const HelpEntry& e) { return !e.positional; });
  section("Commands", page.commands, [](const HelpEntry&) { return true; });
  return out;
}

}  // namespace cnnctl::cli
