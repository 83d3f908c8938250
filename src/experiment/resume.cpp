#include "experiment/resume.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "config/yaml.hpp"

namespace cnnctl {
namespace {

bool may_change(std::string_view path) {
  return path == "train.epochs" || path == "runtime.threads" || path == "data.cache" || path.starts_with("checkpoint.");
}

std::string shown(const Node* node) { return node ? write_yaml_line(*node) : std::string("not set"); }

/// Reports every leaf that differs.
void compare(const std::string& path, const Node* before, const Node* now, const std::string& file,
             Diagnostics& diagnostics) {
  if (before && now && *before == *now) return;
  if (before && now && before->is_map() && now->is_map()) {
    const std::string prefix = path.empty() ? path : path + ".";
    for (const Node::Entry& e : before->entries())
      compare(prefix + e.key, &e.value, now->find(e.key), file, diagnostics);
    for (const Node::Entry& e : now->entries())
      if (!before->find(e.key)) compare(prefix + e.key, nullptr, &e.value, file, diagnostics);
    return;
  }
  if (may_change(path)) return;
  diagnostics.error({file, 0, 0, ""},
                    fmt::format("{} was {} when the run began and is {} now; when resuming, only train.epochs, "
                                "checkpoint.*, data.cache and runtime.threads may change",
                                path, shown(before), shown(now)));
}

}  // namespace

std::vector<std::string> as_it_was(const std::string& resolved, const std::vector<std::string>& overrides) {
  std::vector<std::string> all;
  const bool reads_pictures = resolved.find("format: image_folder") != std::string::npos;
  if (reads_pictures && resolved.find("orientation:") == std::string::npos) all.emplace_back("data.orientation=ignore");
  all.insert(all.end(), overrides.begin(), overrides.end());
  return all;
}

Experiment load_for_resume(const std::string& resolved_path, const std::vector<std::string>& overrides) {
  const std::vector<std::string> then = as_it_was(read_file(resolved_path), {});
  const Experiment before = load_experiment(resolved_path, then);
  if (overrides.empty()) return before;
  Experiment now = load_experiment(resolved_path, as_it_was(read_file(resolved_path), overrides));
  Diagnostics diagnostics;
  const Node a = parse_yaml(resolved_yaml(before), resolved_path, diagnostics);
  const Node b = parse_yaml(resolved_yaml(now), resolved_path, diagnostics);
  compare("", &a, &b, resolved_path, diagnostics);
  diagnostics.throw_if_errors();
  return now;
}

}  // namespace cnnctl
