#include "experiment/misplaced.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "config/codec.hpp"
#include "config/suggest.hpp"
#include "experiment/experiment.hpp"

namespace cnnctl {
namespace {

/// A field of a section.
struct Inner {
  std::string name, path;
};

template <class Base>
void add_fields_of(const Catalog<Base>& catalog, const std::string& section, std::vector<Inner>& inner) {
  for (const Kind<Base>* kind : catalog.kinds())
    for (const FieldDoc& field : document_fields(*kind->make()))
      inner.push_back({field.name, section + "." + field.name});
}

std::vector<Inner> inner_fields(const std::vector<FieldDoc>& sections) {
  std::vector<Inner> inner;
  for (const FieldDoc& section : sections) {
    if (section.name == "parameters" || section.name == "objective") continue;  // lists
    for (const FieldDoc& field : section.nested) inner.push_back({field.name, section.name + "." + field.name});
  }
  add_fields_of(optimizers(), "optimizer", inner);
  add_fields_of(schedules(), "lr_scheduler", inner);
  for (const char* key : {"zoo", "params", "input", "inputs", "layers", "outputs", "defaults", "changes"})
    inner.push_back({key, std::string("model.") + key});
  return inner;
}

/// The paths at which a key could stand, each once.
std::vector<std::string> paths_of(std::string_view key, const std::vector<Inner>& inner) {
  std::vector<std::string> paths;
  for (const Inner& field : inner)
    if (field.name == key && std::ranges::count(paths, field.path) == 0) paths.push_back(field.path);
  return paths;
}

}  // namespace

void refuse_misplaced(Node& root, Diagnostics& diagnostics) {
  if (!root.is_map()) return;
  Settings settings;
  const std::vector<FieldDoc> sections = document_fields(settings);
  const std::vector<Inner> inner = inner_fields(sections);
  std::vector<std::string_view> outer, names;
  for (const FieldDoc& section : sections) outer.push_back(section.name);
  for (const Inner& field : inner) names.push_back(field.name);
  for (const Node::Entry& entry : std::vector<Node::Entry>(root.entries())) {
    if (std::ranges::count(outer, entry.key) > 0) continue;
    std::vector<std::string> paths = paths_of(entry.key, inner);
    if (paths.empty() && meant(entry.key, outer).empty()) paths = paths_of(meant(entry.key, names), inner);
    if (paths.empty()) continue;
    diagnostics.error(entry.where, fmt::format("{} has no field '{}' (did you mean '{}'?)", kRoot, entry.key,
                                               fmt::join(paths, "' or '")));
    root.erase(entry.key);
  }
}

}  // namespace cnnctl
