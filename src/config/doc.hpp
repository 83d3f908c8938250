// The reference: catalogues and their entries as text for a terminal and as Markdown, from what the code declares.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/fields.hpp"

namespace cnnctl {

/// One entry of a catalogue with its fields.
struct EntryDoc {
  std::string noun, name, summary, example;
  std::vector<FieldDoc> fields;
  std::string formula = {}, source = {};  // empty where there is none
};

/// Line number `n` of a text, from 0; empty if it has fewer.
std::string line_of(std::string_view text, int n);

template <class Base>
EntryDoc document(const Catalog<Base>& catalog, const Kind<Base>& kind) {
  const std::unique_ptr<Base> object = kind.make();
  return {std::string(catalog.noun()), std::string(kind.name),   line_of(kind.summary, 0), std::string(kind.example),
          document_fields(*object),    line_of(kind.summary, 1), line_of(kind.summary, 2)};
}
template <class Base>
std::vector<EntryDoc> document(const Catalog<Base>& catalog) {
  std::vector<EntryDoc> all;
  for (const Kind<Base>* kind : catalog.kinds()) all.push_back(document(catalog, *kind));
  return all;
}

/// Everything about one entry, wrapped at 80 columns: summary, fields with type, default and limits, an example.
std::string entry_text(const EntryDoc& entry);
/// One line an entry: name and summary.
std::string list_text(const std::vector<EntryDoc>& entries);
/// The entry of that name; if there is none, throws UsageError with the nearest or all names.
const EntryDoc& find_entry(const std::vector<EntryDoc>& entries, const std::string& name);
/// A Markdown section for a catalogue: heading, then a table of fields for each entry.
std::string markdown(const std::string& heading, const std::vector<EntryDoc>& entries);
/// Markdown table of the fields of one thing.
std::string markdown_fields(const std::vector<FieldDoc>& fields);

}  // namespace cnnctl
