#include "config/source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace cnnctl {
namespace {

/// Length of the UTF-8 sequence at the beginning of `text`, 0 if it is not one (RFC 3629: no overlong forms, no
/// surrogates, nothing beyond U+10FFFF).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&byte](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned a = byte(0), b = byte(1);
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return tail(1) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    const bool overlong = a == 0xE0 && b < 0xA0, surrogate = a == 0xED && b > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    const bool overlong = a == 0xF0 && b < 0x90, beyond = a == 0xF4 && b > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<Objection> find_objection(std::string_view text) {
  if (text.size() > kLongestSource)
    return Objection{
        fmt::format("a configuration may have {}, this has {} bytes", human_bytes(kLongestSource), text.size())};
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return Objection{"is not UTF-8; it looks like UTF-16: save it as UTF-8"};
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) return Objection{fmt::format("byte {} (0x{:02x}) is not UTF-8", i, byte), i};
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F)
      return Objection{fmt::format("byte {} (0x{:02x}) is a control character", i, byte), i};
    i += length;
  }
  return std::nullopt;
}

Where place_of_byte(std::string_view text, std::size_t at, const std::string& file) {
  constexpr std::size_t kAround = 120;  // bytes behind it that are shown
  const std::string_view before = text.substr(0, at);
  const std::size_t break_before = before.rfind('\n');
  const std::size_t line_begin = break_before == std::string_view::npos ? 0 : break_before + 1;
  const std::size_t line_end = std::min({text.find('\n', at), text.size(), at + kAround});
  std::string shown;
  for (const char c : text.substr(line_begin, line_end - line_begin))
    shown += c >= 0x20 && c < 0x7F ? c : c == '\t' ? c : '?';
  return {file, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(at - line_begin) + 1, shown};
}

Lines::Lines(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(line);
    begin = end + 1;
  }
}

std::string_view Lines::at(int number) const {
  const bool exists = number >= 1 && static_cast<std::size_t>(number) <= lines_.size();
  return exists ? lines_[static_cast<std::size_t>(number - 1)] : std::string_view();
}

std::string Lines::text(int number) const {
  const std::string_view line = at(number);
  return line.size() <= kLongest ? std::string(line) : std::string();
}

std::string quote_line(const Where& where) {
  const std::size_t indent = where.text.find_first_not_of(" \t");
  return fmt::format("line {}{}", where.line, indent == std::string::npos ? "" : ": " + where.text.substr(indent));
}

}  // namespace cnnctl
