// Words and numbers for people.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cnnctl {

/// The candidate most like `word` (Damerau-Levenshtein over lower case), if it is close enough to be a slip of the pen;
/// the first of equals.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

/// " (did you mean 'x'?)" for the nearest candidate, or an empty string.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

/// "512 B", "1.50 KiB", "12.3 MiB", "123 GiB": three digits.
std::string human_bytes(std::uint64_t bytes);
/// "64MiB", "2GiB", "1000": the bytes exactly, in the largest unit that allows it.
std::string exact_bytes(std::uint64_t bytes);
/// The reverse, which takes 1.5GiB, 64 MiB and 1000B as well; none for what is no number of whole bytes below 2^63.
std::optional<std::uint64_t> bytes_from(std::string_view text);
/// "950", "61.7 K", "11.7 M", "1.82 G".
std::string human_count(std::uint64_t count);
/// "8.2s", "42s", "3m12s", "1h04m".
std::string human_seconds(double seconds);
/// "1,234,567".
std::string with_commas(std::int64_t number);
/// "1 epoch", "1,200 epochs".
std::string counted(std::int64_t number, std::string_view noun);
/// 16 lower-case hexadecimal digits.
std::string hex(std::uint64_t value);

/// The items joined: "a, b, c".
std::string join(std::span<const std::string_view> items, std::string_view separator = ", ");

/// Whether a comes before b when digits are compared as numbers: "class2" before "class10". Total and independent of
/// the locale: names that are equal in this sense are ordered bytewise.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace cnnctl
