// What this process runs on: how many processors there are for it, whether they will do, and which program it is.
#pragma once

#include <string>

namespace cnnctl {

/// The least of what its affinity allows and of what the quotas of its cgroups (v2 or v1, and those above them) come
/// to, rounded; at least 1. `root` stands before /proc and /sys, so that tests can show other machines.
int available_processors(const std::string& root = "");

/// What this processor lacks of the instructions that the program and its libraries cannot do without: on x86-64 those
/// of 2008 on (x86-64-v2); empty if nothing.
std::string missing_instructions();

/// The file of the running program.
std::string program_path();

}  // namespace cnnctl
