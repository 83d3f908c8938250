// gzip: unpacked within limits that the caller knows. Knows bytes; knows no dataset format.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/workers.hpp"

namespace cnnctl {

/// Whether the content begins like gzip.
bool is_gzip(std::string_view content);

/// The first bytes of what gzip holds, at most `size`: fewer if it holds less or is damaged early.
std::string gunzip_prefix(std::string_view content, std::size_t size);

/// Unpacks into `out`, which must be filled exactly. Throws DataError, naming `path`, if the gzip data are damaged, cut
/// off, hold fewer or more bytes, or are followed by anything.
void gunzip(std::string_view content, const std::string& path, std::span<std::uint8_t> out, const Workers& workers);

}  // namespace cnnctl
