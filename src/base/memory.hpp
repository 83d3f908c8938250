// How much memory there is, and how much this process took.
#pragma once

#include <cstdint>

namespace cnnctl {

/// Bytes this process may still take: the least of MemAvailable, the cgroup's limit and RLIMIT_AS.
std::uint64_t available_memory();
/// Largest resident size of this process so far, in bytes (VmHWM).
std::uint64_t peak_memory();

}  // namespace cnnctl
