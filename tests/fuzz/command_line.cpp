// A command line, a word a line: parsed, not run. Words with '=' also override keys of a configuration.
#include <vector>

#include "base/error.hpp"
#include "cli/commands.hpp"
#include "experiment/experiment.hpp"
#include "fuzz/target.hpp"
#include "train/tiny.hpp"

namespace cnnctl::fuzz {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    words.emplace_back(text.substr(0, text.find('\0')).substr(0, end));  // as argv ends a word
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool read(std::string_view bytes) {
  const std::vector<std::string> words = words_of(bytes);
  std::vector<const char*> argv{"cnnctl"};
  std::vector<std::string> overrides;
  for (const std::string& word : words) {
    argv.push_back(word.c_str());
    if (!word.starts_with('-') && word.find('=') != std::string::npos) overrides.push_back(word);
  }
  bool good = true;
  try {
    cli::Options options;
    cli::parse_command_line(static_cast<int>(argv.size()), argv.data(), options, [](const std::string&) {});
  } catch (const UsageError&) {
    good = false;
  }
  try {
    if (!overrides.empty()) testing::tiny(overrides);
  } catch (const UsageError&) {
    good = false;
  } catch (const ConfigError&) {
    good = false;
  }
  return good;
}

}  // namespace

const Target kCommandLine{"command_line", read};

}  // namespace cnnctl::fuzz
