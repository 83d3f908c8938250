#include "experiment/resume.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "config/yaml.hpp"

namespace cnnctl {
namespace {

/// A value of the configuration in two versions; null: not there.
struct Difference {
  std::string path;
  const Node *before, *now;
};

/// Every leaf that differs.
void compare(const std::string& path, const Node* before, const Node* now, std::vector<Difference>& found) {
  if (before && now && *before == *now) return;
  if (before && now && before->is_map() && now->is_map()) {
    const std::string prefix = path.empty() ? path : path + ".";
    for (const Node::Entry& e : before->entries()) compare(prefix + e.key, &e.value, now->find(e.key), found);
    for (const Node::Entry& e : now->entries())
      if (!before->find(e.key)) compare(prefix + e.key, nullptr, &e.value, found);
    return;
  }
  found.push_back({path, before, now});
}

bool changes_no_bit(std::string_view path) { return path == "runtime.threads" || path == "data.cache"; }

bool may_change(std::string_view path) {
  return path == "train.epochs" || path == "train.on_nan" || path.starts_with("train.rollback") ||
         changes_no_bit(path) || path.starts_with("checkpoint.");
}

/// Whether it says where data lie.
bool is_place(std::string_view path, DataConfig data) {
  for (const FieldDoc& field : document_fields(data))
    if (field.type == "path" && path == "data." + field.name) return true;
  return false;
}

std::string shown(const Node* node) { return node ? write_yaml_line(*node) : std::string("not set"); }

constexpr const char* kMayChange =
    "when resuming, only train.epochs, train.on_nan, train.rollback*, checkpoint.*, data.cache, runtime.threads and "
    "where the data lie may change";

/// What was asked for now, against the file.
void check_overrides(const Node& before, const Node& now, const DataConfig& data, const std::string& file,
                     bool knows_data) {
  std::vector<Difference> found;
  compare("", &before, &now, found);
  Diagnostics diagnostics;
  for (const Difference& d : found) {
    const bool place = is_place(d.path, data);
    if (may_change(d.path) || (place && knows_data)) continue;
    diagnostics.error(
        {file, 0, 0, ""},
        fmt::format("{} was {} when the run began and is {} now; {}", d.path, shown(d.before), shown(d.now),
                    place ? "nothing tells whether these data are the same, since the state was saved "
                            "without a record of them"
                          : kMayChange));
  }
  diagnostics.throw_if_errors();
}

/// What the file says now, against what it said when the state was saved.
void check_file(const Node& saved, const Node& file, const DataConfig& data, const std::string& path, bool knows_data,
                const std::function<void(const std::string&)>& note) {
  std::vector<Difference> found;
  compare("", &saved, &file, found);
  Diagnostics diagnostics;
  for (const Difference& d : found) {
    if (changes_no_bit(d.path) || (knows_data && is_place(d.path, data))) continue;
    if (may_change(d.path))
      note(fmt::format("{}: {} was {} when the run was saved and is {} in this file, which counts", path, d.path,
                       shown(d.before), shown(d.now)));
    else
      diagnostics.error({path, 0, 0, ""},
                        fmt::format("{} was {} when the run was saved and is {} in this file, which "
                                    "was changed since: put {} back; {}",
                                    d.path, shown(d.before), shown(d.now), shown(d.before), kMayChange));
  }
  diagnostics.throw_if_errors();
}

}  // namespace

std::vector<std::string> as_it_was(const std::string& resolved, const std::vector<std::string>& overrides) {
  std::vector<std::string> all;
  const bool reads_pictures = resolved.find("format: image_folder") != std::string::npos;
  if (reads_pictures && resolved.find("orientation:") == std::string::npos) all.emplace_back("data.orientation=ignore");
  all.insert(all.end(), overrides.begin(), overrides.end());
  return all;
}

Experiment load_for_resume(const std::string& resolved_path, const std::vector<std::string>& overrides,
                           const Saved& saved, const std::function<void(const std::string&)>& note) {
  Experiment before = load_experiment(resolved_path, as_it_was(read_file(resolved_path), {}));
  Diagnostics diagnostics;
  const auto node_of = [&](const Experiment& experiment) {
    return parse_yaml(resolved_yaml(experiment), resolved_path, diagnostics);
  };
  const Node file = node_of(before);
  if (!saved.config.empty())
    check_file(node_of(parse_experiment(saved.config, resolved_path, as_it_was(saved.config, {}))), file,
               before.settings.data, resolved_path, saved.knows_data, note);
  if (overrides.empty()) return before;
  Experiment now = load_experiment(resolved_path, as_it_was(read_file(resolved_path), overrides));
  check_overrides(file, node_of(now), before.settings.data, resolved_path, saved.knows_data);
  return now;
}

}  // namespace cnnctl
