// The control groups that this process is in. Knows where their files stand; knows none of the numbers in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cnnctl {

/// A folder with a group's files for one controller.
struct Cgroup {
  std::string folder;
  bool v1 = false;  // of the first version, whose files have other names
};

/// The groups whose limits hold for this process, of the controller "memory" or "cpu": from its own one up to the root,
/// in both versions. Inside a container the paths may belong to the world outside; then only the root's files exist.
/// `root` stands before /proc and /sys, so that tests can show other machines.
std::vector<Cgroup> cgroups_above(const std::string& root, std::string_view controller);

}  // namespace cnnctl
