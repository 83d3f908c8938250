#include "base/memory.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>

#include "base/cgroup.hpp"

namespace cnnctl {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// The number that follows `key` at the start of a line: "MemAvailable:   123 kB" gives 123.
std::optional<std::uint64_t> field(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t digits = std::min(line.find_first_not_of(" \t", key.size()), line.size());
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(line.data() + digits, line.data() + line.size(), value);
    if (error == std::errc()) return value;
  }
  return std::nullopt;
}

/// What one cgroup leaves: limit - (usage - page cache that can be given back). No limit: "max", or v1's huge number.
std::uint64_t left_in(const Cgroup& group) {
  const auto limit = field(group.folder + (group.v1 ? "/memory.limit_in_bytes" : "/memory.max"), "");
  if (!limit) return kUnlimited;
  const auto usage = field(group.folder + (group.v1 ? "/memory.usage_in_bytes" : "/memory.current"), "").value_or(0);
  const auto cache = field(group.folder + "/memory.stat", group.v1 ? "total_inactive_file " : "inactive_file ");
  const std::uint64_t used = usage - std::min<std::uint64_t>(usage, cache.value_or(0));
  return *limit - std::min(*limit, used);
}

std::uint64_t left_in_cgroups(const std::string& root) {
  std::uint64_t least = kUnlimited;
  for (const Cgroup& group : cgroups_above(root, "memory")) least = std::min(least, left_in(group));
  return least;
}

std::uint64_t left_in_address_space(const std::string& root) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnlimited;
  const std::uint64_t used = field(root + "/proc/self/status", "VmSize:").value_or(0) * 1024;
  return limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, used);
}

}  // namespace

std::uint64_t available_memory(const std::string& root) {
  const auto free = field(root + "/proc/meminfo", "MemAvailable:");
  const std::uint64_t machine = free ? *free * 1024 : kUnlimited;
  return std::min({machine, left_in_cgroups(root), left_in_address_space(root)});
}

std::uint64_t peak_memory() { return field("/proc/self/status", "VmHWM:").value_or(0) * 1024; }

std::uint64_t program_memory() {
  static const std::uint64_t at_first = field("/proc/self/status", "RssFile:").value_or(0) * 1024;
  return at_first;
}

}  // namespace cnnctl
