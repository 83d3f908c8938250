// The text of a configuration file: what may be in it, and its lines for messages. Knows bytes; knows no YAML.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace cnnctl {

/// Longest configuration, in bytes.
constexpr std::size_t kLongestSource = std::size_t{1} << 20;

/// What is wrong with the bytes of a text, and with which of them first.
struct Objection {
  std::string message;
  std::size_t byte = 0;
};

/// What is wrong with the bytes of a configuration, if anything: too many, not UTF-8, control characters.
std::optional<Objection> find_objection(std::string_view text);

/// Where byte `at` of a text stands. The line that comes with it has '?' for whatever is not ASCII, and ends
/// soon behind it.
Where place_of_byte(std::string_view text, std::size_t at, const std::string& file);

/// The lines of a text, borrowed.
class Lines {
 public:
  /// Lines longer than this are not quoted in messages: they would be copied into every node on them.
  static constexpr std::size_t kLongest = 240;

  explicit Lines(std::string_view text);
  int count() const { return static_cast<int>(lines_.size()); }
  /// Line `number` from 1, without its end; empty if there is no such line.
  std::string_view at(int number) const;
  /// The same for messages: empty if it is too long.
  std::string text(int number) const;

 private:
  std::vector<std::string_view> lines_;
};

/// "line 7: lr: 0.1", for a message about another line.
std::string quote_line(const Where& where);

}  // namespace cnnctl
