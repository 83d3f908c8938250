// Files that the user's data come from: read whole, with the mistakes of users told as such.
#pragma once

#include <cstdint>
#include <string>

#include "base/fresh.hpp"
#include "base/workers.hpp"

namespace cnnctl {

/// Throws DataError if there is no such file, or it is not a regular one.
void require_data_file(const std::string& path);

/// The content of a regular file. Throws DataError if there is none; IoError if the system refuses.
Bytes read_data(const std::string& path, const Workers& workers = Workers::alone(0));

/// Throws MemoryError if `bytes` are more than this process may still take: "<path>: needs 3.0 GiB ...".
void expect_memory(const std::string& path, std::uint64_t bytes);

}  // namespace cnnctl
