// Configurations as they come out of a hasty editor: lines lost and doubled, values swapped, numbers blown up, types
// changed, bytes put in. Each is read, or refused with file, line and caret; nothing else happens, and it takes no
// time. Two thousand of them, the same ones in every run; CNNCTL_MUTANTS=22000 asks for more.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/file.hpp"
#include "base/rng.hpp"
#include "cli/binary.hpp"
#include "experiment/experiment.hpp"
#include "patience.hpp"

namespace cnnctl {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// Changes a text at random places.
class Mutator {
 public:
  explicit Mutator(std::uint64_t number) : rng_(99, Purpose::split, number) {}

  std::string mutate(std::string text) {
    for (std::uint32_t left = 1 + rng_.below(3); left > 0; --left) text = once(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) {
    return rng_.below(static_cast<std::uint32_t>(std::max<std::size_t>(1, bound)));
  }
  template <std::size_t n>
  std::string one_of(const char* const (&choices)[n]) {
    return choices[below(n)];
  }

  std::string once(const std::string& text) {
    Lines lines = lines_of(text);
    if (lines.empty()) return "a: 1\n";
    const std::size_t at = below(lines.size()), other = below(lines.size());
    switch (below(11)) {
      case 0:
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(other), lines[at]);
        break;
      case 2:
        swap_values(lines[at], lines[other]);
        break;
      case 3:
      case 4:
        replace_number(lines[at]);
        break;
      case 5:
        replace_value(lines[at]);
        break;
      case 6:
        lines[at] = std::string(below(8), ' ') + lines[at];
        break;
      case 7:
        if (!lines[at].empty()) lines[at].erase(below(lines[at].size()), 1 + below(4));
        break;
      case 8:
        lines[at].insert(below(lines[at].size() + 1), one_of(kBytes));
        break;
      case 9:
        lines[at].insert(below(lines[at].size() + 1), 1, static_cast<char>(below(256)));
        break;
      case 10:
        return text.substr(0, below(text.size()));
    }
    return text_of(lines);
  }

  static void swap_values(std::string& a, std::string& b) {
    const std::size_t from = a.find(": "), to = b.find(": ");
    if (&a == &b || from == std::string::npos || to == std::string::npos) return;
    const std::string value = a.substr(from);
    a.replace(from, std::string::npos, b.substr(to));
    b.replace(to, std::string::npos, value);
  }

  void replace_number(std::string& line) {
    const std::size_t begin = line.find_first_of("0123456789");
    if (begin == std::string::npos) return;
    const std::size_t end = std::min(line.find_first_not_of("0123456789.e-", begin), line.size());
    line.replace(begin, end - begin, one_of(kNumbers));
  }

  void replace_value(std::string& line) {
    const std::size_t colon = line.rfind(": ");
    if (colon == std::string::npos) return;
    const std::size_t end = std::min(line.find_first_of(",}", colon), line.size());
    line.replace(colon + 2, end - colon - 2, one_of(kValues));
  }

  static constexpr const char* kNumbers[] = {"0",
                                             "-1",
                                             "1e308",
                                             "9223372036854775807",
                                             "9223372036854775808",
                                             "1e-300",
                                             "2",
                                             "0.5",
                                             "1000000000",
                                             "16777216",
                                             "nan",
                                             ".inf",
                                             "00",
                                             "1_000",
                                             "4294967296"};
  static constexpr const char* kValues[] = {"",       "[]",     "{}",    "true",    "null", "\"\"",      "[1, 2, 3]",
                                            "relu",   "{a: 1}", "[[1]]", "-",       "$x",   "conv2d: 3", "input",
                                            "cosine", "*x",     "&a 1",  "!!int 3", "same", "auto",      "[{relu: }]"};
  static constexpr const char* kBytes[] = {":",  ": ",   "- ",     "{", "}",  "[",    "]",  ",",  "#",
                                           "\"", "'",    "\t",     "$", "\\", "\xff", "\n", "? ", "---\n",
                                           "..", "\xc3", "<<: {}", "%", "@",  "|",    "> ", "&a", "\xef\xbb\xbf"};

  Rng rng_;
};

std::vector<std::string> seeds() {
  std::vector<std::string> texts{testing::kTinyConfig};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(testing::kSourceFolder + "/configs"))
    if (entry.path().extension() == ".yaml") texts.push_back(read_file(entry.path().string()));
  std::sort(texts.begin() + 1, texts.end());
  return texts;
}

/// A line of the text is shown whenever it can be.
bool has_place(const Diagnostic& d, const Lines& lines) {
  if (d.where.file != "f.yaml" || d.where.line < 1 || d.where.column < 1) return false;
  if (!d.where.text.empty()) return true;
  const auto line = static_cast<std::size_t>(d.where.line);
  return line > lines.size() || lines[line - 1].empty() || lines[line - 1].size() > 200 || lines[line - 1] == "\r";
}

std::string complaint(const std::string& text) {
  const auto begin = std::chrono::steady_clock::now();
  std::string wrong;
  try {
    parse_experiment(text, "f.yaml", {});
  } catch (const ConfigError& error) {
    const Lines lines = lines_of(text);
    for (const Diagnostic& d : error.diagnostics())
      if (!has_place(d, lines)) wrong += "has no place: " + d.str() + "\n";
  } catch (const std::exception& error) {
    wrong = std::string("throws: ") + error.what();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  if (seconds.count() > 2 * testing::kPatience) wrong += " takes seconds";
  return wrong;
}

}  // namespace

TEST_SUITE("experiment") {
  TEST_CASE("a damaged configuration is read, or refused with file, line and caret") {
    const char* const asked = std::getenv("CNNCTL_MUTANTS");
    const int count = asked != nullptr ? std::atoi(asked) : 2000;
    const std::vector<std::string> texts = seeds();
    REQUIRE(texts.size() >= 8);
    int read = 0, shown = 0;
    for (int i = 0; i < count; ++i) {
      const auto number = static_cast<std::uint64_t>(i);
      const std::string text = Mutator(number).mutate(texts[static_cast<std::size_t>(i) % texts.size()]);
      const std::string wrong = complaint(text);
      if (wrong.empty()) continue;
      CHECK_MESSAGE(wrong.empty(), "mutant " << i << " " << wrong);
      if (++shown == 1) MESSAGE(text);
      if (shown > 20) break;
    }
    // Both ends are reached: some mutants are still configurations, most are not.
    for (int i = 0; i < 200; ++i) {
      try {
        parse_experiment(Mutator(static_cast<std::uint64_t>(i)).mutate(texts[0]), "f.yaml", {});
        ++read;
      } catch (const ConfigError&) {
      }
    }
    CHECK(read > 10);
    CHECK(read < 150);
  }
}

}  // namespace cnnctl
