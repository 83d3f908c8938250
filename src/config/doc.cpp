#include "config/doc.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/suggest.hpp"

namespace cnnctl {
namespace {

constexpr std::size_t kColumns = 80;

/// Words of `text` in lines of at most kColumns, each after `indent` blanks.
std::string wrap(std::string_view text, std::size_t indent) {
  std::string out, line(indent, ' ');
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (line.size() + 1 + word.size() > kColumns && line.size() > indent) {
      out += line + "\n";
      line.assign(indent, ' ');
    }
    if (line.size() > indent) line += ' ';
    line += word;
  }
  return out + line + "\n";
}

/// "whole number, at least 1, default 1, also as `conv2d: ...`"
std::string facts(const FieldDoc& field) {
  std::string text = field.type;
  if (!field.limits.empty()) text += ", " + field.limits;
  if (field.required) text += ", required";
  if (!field.default_value.empty()) text += ", default " + field.default_value;
  return text;
}

std::string fields_text(const std::vector<FieldDoc>& fields, std::size_t indent) {
  std::string out;
  for (const FieldDoc& field : fields) {
    out += fmt::format("{}{}: {}\n", std::string(indent, ' '), field.name, facts(field));
    out += wrap(field.doc, indent + 4);
    out += fields_text(field.nested, indent + 4);
  }
  return out;
}

std::string example_line(const EntryDoc& entry) {
  return entry.example.empty() ? entry.name : fmt::format("{}: {}", entry.name, entry.example);
}

/// A '|' would end the cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

void add_rows(std::string& out, const std::vector<FieldDoc>& fields, const std::string& prefix) {
  for (const FieldDoc& field : fields) {
    const std::string name = prefix + field.name;
    const std::string limits = field.limits.empty() ? "" : ", " + field.limits;
    const std::string initial = field.required                ? "required"
                                : field.default_value.empty() ? ""
                                                              : "`" + field.default_value + "`";
    out += fmt::format("| `{}` | {}{} | {} | {} |\n", name, cell(field.type), limits, cell(initial), cell(field.doc));
    add_rows(out, field.nested, name + ".");
  }
}

}  // namespace

std::string entry_text(const EntryDoc& entry) {
  std::string out = wrap(fmt::format("{} - {}", entry.name, entry.summary), 0);
  if (!entry.fields.empty()) out += "\n" + fields_text(entry.fields, 2);
  for (const FieldDoc& field : entry.fields)
    if (field.shorthand) out += "\n" + wrap(fmt::format("`{}: x` is short for {{{}: x}}.", entry.name, field.name), 0);
  return out + "\nexample:\n" + fmt::format("  {}\n", example_line(entry));
}

std::string list_text(const std::vector<EntryDoc>& entries) {
  std::size_t width = 0;
  for (const EntryDoc& entry : entries) width = std::max(width, entry.name.size());
  std::string out;
  for (const EntryDoc& entry : entries) out += fmt::format("{:<{}}  {}\n", entry.name, width, entry.summary);
  return out;
}

const EntryDoc& find_entry(const std::vector<EntryDoc>& entries, const std::string& name) {
  std::vector<std::string_view> names;
  for (const EntryDoc& entry : entries) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  const std::string noun = entries.empty() ? "entry" : entries[0].noun;
  throw UsageError(fmt::format("unknown {} '{}'{}", noun, name, suggest_or_list(name, names)));
}

std::string markdown_fields(const std::vector<FieldDoc>& fields) {
  std::string out = "| field | value | default | meaning |\n|---|---|---|---|\n";
  add_rows(out, fields, "");
  return out;
}

std::string markdown(const std::string& heading, const std::vector<EntryDoc>& entries) {
  std::string out = fmt::format("## {}\n", heading);
  for (const EntryDoc& entry : entries) {
    out += fmt::format("\n### `{}`\n\n{}\n\n", entry.name, entry.summary);
    if (!entry.fields.empty()) out += markdown_fields(entry.fields) + "\n";
    out += fmt::format("```yaml\n{}\n```\n", example_line(entry));
  }
  return out;
}

}  // namespace cnnctl
