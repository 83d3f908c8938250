// How many processors there are for this process.
#pragma once

#include <string>

namespace cnnctl {

/// The least of what its affinity allows and of what the quotas of its cgroups (v2 or v1, and those above them) come
/// to, rounded; at least 1. `root` stands before /proc and /sys, so that tests can show other machines.
int available_processors(const std::string& root = "");

}  // namespace cnnctl
