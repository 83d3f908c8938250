#include "config/doc.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/suggest.hpp"

namespace cnnctl {
namespace {

constexpr std::size_t kColumns = 80;

/// Words of `text` in lines of at most kColumns; the first begins after `indent` blanks, the others after `hang`.
std::string wrap(std::string_view text, std::size_t indent, std::size_t hang) {
  std::string out, line(indent, ' ');
  bool blank = true;  // the line has no word yet
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (line.size() + 1 + word.size() > kColumns && !blank) {
      out += line + "\n";
      line.assign(hang, ' ');
      blank = true;
    }
    if (!blank) line += ' ';
    line += word;
    blank = false;
  }
  return out + line + "\n";
}

/// "whole number, at least 1, default 1"
std::string facts(const FieldDoc& field) {
  std::string text = field.type;
  if (!field.limits.empty()) text += ", " + field.limits;
  if (field.required) text += ", required";
  if (!field.default_value.empty()) text += ", default " + field.default_value;
  return text;
}

/// Whether two fields are objects of one type, whose fields need to be shown only once.
bool same(const FieldDoc& a, const FieldDoc& b) {
  return std::equal(a.nested.begin(), a.nested.end(), b.nested.begin(), b.nested.end(),
                    [](const FieldDoc& x, const FieldDoc& y) { return x.name == y.name && x.doc == y.doc; });
}

std::string fields_text(const std::vector<FieldDoc>& fields, std::size_t indent) {
  std::string out;
  for (const FieldDoc& field : fields) {
    out += wrap(fmt::format("{}: {}", field.name, facts(field)), indent, indent + 4);
    out += wrap(field.doc, indent + 4, indent + 4);
    const auto twin =
        std::find_if(fields.begin(), fields.end(), [&](const FieldDoc& other) { return same(other, field); });
    if (field.nested.empty() || &*twin == &field)
      out += fields_text(field.nested, indent + 4);
    else
      out += wrap(fmt::format("its fields are those of {}", twin->name), indent + 4, indent + 4);
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

std::string line_of(std::string_view text, int n) {
  for (; n > 0 && !text.empty(); --n) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return std::string(text.substr(0, text.find('\n')));
}

std::string entry_text(const EntryDoc& entry) {
  std::string out = wrap(fmt::format("{} - {}", entry.name, entry.summary), 0, 0);
  if (!entry.formula.empty()) out += "\n" + wrap(entry.formula, 2, 6);
  if (!entry.source.empty()) out += wrap(entry.source, 2, 6);
  if (!entry.fields.empty()) out += "\n" + fields_text(entry.fields, 2);
  for (const FieldDoc& field : entry.fields)
    if (field.shorthand)
      out += "\n" + wrap(fmt::format("`{}: x` is short for {{{}: x}}.", entry.name, field.name), 0, 0);
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
  throw UsageError(fmt::format("unknown {} '{}'{}", noun, name, suggest_and_list(name, names)));
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
    if (!entry.formula.empty()) out += fmt::format("`{}`\n\n", entry.formula);
    if (!entry.source.empty()) out += entry.source + "\n\n";
    if (!entry.fields.empty()) out += markdown_fields(entry.fields) + "\n";
    out += fmt::format("```yaml\n{}\n```\n", example_line(entry));
  }
  return out;
}

}  // namespace cnnctl
