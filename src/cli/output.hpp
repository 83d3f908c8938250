// Results go to stdout, everything else to stderr. A result that cannot be written is an error, not a success.
#pragma once

#include <string>
#include <string_view>

namespace cnnctl::cli {

/// Writes to stdout and flushes. Throws IoError, for example when the reader has gone.
void print(std::string_view text);
/// Writes a line to stderr; failing that is no error.
void note(std::string_view line);

/// `text` in at most `width` characters; of a long name the end says more: "..denseblock4.conv2".
std::string fitted(const std::string& text, std::size_t width);

}  // namespace cnnctl::cli
