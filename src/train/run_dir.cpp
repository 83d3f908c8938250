#include "train/run_dir.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace cnnctl {
namespace {

constexpr const char* kConfig = "config.resolved.yaml";  // written last when a run begins: its mark

/// The number that a folder's name is, or 0.
std::int64_t number_of(const std::string& name) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() ? number : 0;
}

/// Keeps the whole lines of a file that `keep` wants.
template <class Keep>
void filter_lines(const std::string& path, Keep keep) {
  if (!exists(path)) return;
  const std::string content = read_file(path);
  std::string kept;
  std::size_t begin = 0;
  for (std::size_t end; (end = content.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string_view line(content.data() + begin, end - begin);
    if (keep(line)) kept.append(line).push_back('\n');
  }
  if (kept != content) write_file_atomically(path, kept);
}

}  // namespace

RunDir::RunDir(std::string path) : path_(std::move(path)), lock_(std::make_unique<FolderLock>(path_)) {}

RunDir RunDir::next(const std::string& name) {
  const std::string parent = "runs/" + name;
  make_folders(parent);
  std::int64_t number = 0;
  for (const std::string& other : list_folder(parent)) number = std::max(number, number_of(other));
  while (true) {  // until a number is ours: another process may take the same one at the same time
    const std::string path = fmt::format("{}/{:03}", parent, ++number);
    if (::mkdir(path.c_str(), 0777) == 0) return RunDir(path);
    if (errno != EEXIST) throw IoError(path, "make the folder", errno);
  }
}

RunDir RunDir::at(const std::string& path) {
  make_folders(path);
  RunDir dir(path);
  if (exists(dir.file(kConfig)))
    throw UsageError(
        fmt::format("{} holds a run already; go on with --resume {}, or choose another folder", path, path));
  return dir;
}

void RunDir::require_run(const std::string& path) {
  if (!exists(path + "/" + kConfig))
    throw UsageError(fmt::format("{} holds no run to resume ({} is missing)", path, kConfig));
}

RunDir RunDir::existing(const std::string& path) {
  require_run(path);
  return RunDir(path);
}

bool RunDir::has_state() const { return exists(state()); }

void RunDir::begin_logs() const {
  for (const char* const name : {"metrics.csv", "events.jsonl"})
    filter_lines(file(name), [](std::string_view) { return false; });
}

void RunDir::cut_logs(const TrainingProgress& progress) const {
  filter_lines(file("metrics.csv"), [&](std::string_view line) {
    const std::string epoch(line.substr(0, line.find(',')));
    return epoch == "epoch" || (number_of(epoch) >= 1 && number_of(epoch) <= progress.epoch);
  });
  filter_lines(file("events.jsonl"), [&](std::string_view line) {
    const nlohmann::json event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object() || !event.contains("epoch") || !event.contains("step")) return false;
    return event["epoch"].is_number() && event["step"].is_number() && event["epoch"] <= progress.epoch &&
           event["step"] <= progress.step;
  });
}

}  // namespace cnnctl
