#include "base/cgroup.hpp"

#include <fstream>

namespace cnnctl {
namespace {

void add_upwards(std::string group, const std::string& base, bool v1, std::vector<Cgroup>& groups) {
  for (; group.size() > 1; group.resize(group.rfind('/'))) groups.push_back({base + group, v1});
  groups.push_back({base, v1});
}

}  // namespace

std::vector<Cgroup> cgroups_above(const std::string& root, std::string_view controller) {
  const std::string base = root + "/sys/fs/cgroup";
  std::vector<Cgroup> groups;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // "0::/path" is v2, "5:memory,hugetlb:/path" is v1
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || line.compare(second + 1, 1, "/") != 0) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    if (controllers == ",,") add_upwards(group, base, false, groups);
    if (controllers.find("," + std::string(controller) + ",") != std::string::npos)
      add_upwards(group, base + "/" + std::string(controller), true, groups);
  }
  return groups;
}

}  // namespace cnnctl
