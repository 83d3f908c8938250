#include "base/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <thread>

#include "base/cgroup.hpp"

namespace cnnctl {
namespace {

constexpr double kNoQuota = std::numeric_limits<double>::infinity();

/// Microseconds of processor time a period, by the period: "150000 100000" in v2's one file, in v1 a file each.
/// Unlimited are v2's "max", v1's -1, and a group without the files.
double processors_of(const Cgroup& group) {
  double quota = 0, period = 0;
  if (group.v1) {
    std::ifstream(group.folder + "/cpu.cfs_quota_us") >> quota;
    std::ifstream(group.folder + "/cpu.cfs_period_us") >> period;
  } else {
    std::ifstream(group.folder + "/cpu.max") >> quota >> period;
  }
  return quota > 0 && period > 0 ? quota / period : kNoQuota;
}

int in_affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

int available_processors(const std::string& root) {
  double least = in_affinity();
  for (const Cgroup& group : cgroups_above(root, "cpu")) least = std::min(least, processors_of(group));
  return std::max(1, static_cast<int>(std::lround(least)));
}

std::string missing_instructions() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("sse4.2")) return "SSE4.2";
  if (!__builtin_cpu_supports("popcnt")) return "POPCNT";
#endif
  return {};
}

std::string program_path() { return "/proc/self/exe"; }

}  // namespace cnnctl
