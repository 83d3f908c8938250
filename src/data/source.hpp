// Files that datasets come from: read whole, unpacked within limits. Knows gzip; knows no dataset format.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fresh.hpp"
#include "base/workers.hpp"

namespace cnnctl {

/// The content of a regular file. Throws DataError if there is none; IoError if the system refuses.
Bytes read_data(const std::string& path, const Workers& workers = Workers::alone(0));

/// Throws MemoryError if `bytes` are more than this process may still take: "<path>: needs 3.0 GiB ...".
void expect_memory(const std::string& path, std::uint64_t bytes);

/// Whether the content begins like gzip.
bool is_gzip(std::string_view content);

/// The first bytes of what gzip holds, at most `size`: fewer if it holds less or is damaged early.
std::string gunzip_prefix(std::string_view content, std::size_t size);

/// Unpacks into `out`, which must be filled exactly. Throws DataError, naming `path`, if the gzip data are damaged, cut
/// off, hold fewer or more bytes, or are followed by anything.
void gunzip(std::string_view content, const std::string& path, std::span<std::uint8_t> out, const Workers& workers);

/// Whether a comes before b when digits are compared as numbers: "class2" before "class10". Total and independent of
/// the locale: names that are equal in this sense are ordered bytewise.
bool natural_less(std::string_view a, std::string_view b);

/// Class names for lack of better ones: {"0", "1", ...}.
std::vector<std::string> numbered_names(std::int64_t count);

}  // namespace cnnctl
