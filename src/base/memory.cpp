#include "base/memory.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>

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
std::uint64_t left_in_group(const std::string& limit_file, const std::string& usage_file,
                            const std::string& statistics_file, std::string_view cache_key) {
  const auto limit = field(limit_file, "");
  if (!limit) return kUnlimited;
  const std::uint64_t usage = field(usage_file, "").value_or(0);
  const std::uint64_t used = usage - std::min(usage, field(statistics_file, cache_key).value_or(0));
  return *limit - std::min(*limit, used);
}

/// A limit holds for all groups below: the least from the group of this process up to the root. Inside a container the
/// path may belong to the world outside; then only the root exists.
template <class Left>
std::uint64_t least_upwards(std::string group, const Left& left) {
  std::uint64_t least = left("");
  for (; group.size() > 1; group.resize(group.rfind('/'))) least = std::min(least, left(group));
  return least;
}

std::uint64_t left_in_cgroups(const std::string& root) {
  std::uint64_t least = kUnlimited;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // "0::/path" is v2, "5:memory,hugetlb:/path" is v1
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || line.compare(second + 1, 1, "/") != 0) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    if (controllers == ",,")
      least = std::min(least, least_upwards(group, [&](const std::string& path) {
                         const std::string folder = root + "/sys/fs/cgroup" + path;
                         return left_in_group(folder + "/memory.max", folder + "/memory.current",
                                              folder + "/memory.stat", "inactive_file ");
                       }));
    if (controllers.find(",memory,") != std::string::npos)
      least = std::min(least, least_upwards(group, [&](const std::string& path) {
                         const std::string folder = root + "/sys/fs/cgroup/memory" + path;
                         return left_in_group(folder + "/memory.limit_in_bytes", folder + "/memory.usage_in_bytes",
                                              folder + "/memory.stat", "total_inactive_file ");
                       }));
  }
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
