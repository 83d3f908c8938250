// How much memory there is, and how much this process took.
#pragma once

#include <cstdint>
#include <string>

namespace cnnctl {

/// Bytes this process may still take: the least of MemAvailable, what its cgroups (v2 or v1) leave, and RLIMIT_AS.
/// `root` stands before /proc and /sys, so that tests can show other machines.
std::uint64_t available_memory(const std::string& root = "");
/// Largest resident size of this process so far, in bytes (VmHWM).
std::uint64_t peak_memory();
/// Bytes of the program and its libraries that were in memory (RssFile) when this was first asked, which is best done
/// before anything is read: machines differ in it by megabytes, starts on one machine little.
std::uint64_t program_memory();

}  // namespace cnnctl
