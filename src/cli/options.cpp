#include "cli/options.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/error.hpp"

namespace cnnctl::cli {

namespace {

template <class T>
CLI::Option& threads_option(CLI::App& command, T& threads) {
  return *command
              .add_option("--threads", threads, "threads to compute with; default: runtime.threads, or all processors")
              ->type_name("N")
              ->check(whole_number(1, kMostThreads));
}

template <class T>
CLI::Option& batch_size_option(CLI::App& command, T& batch_size) {
  return *command.add_option("--batch-size", batch_size, "samples at a time; default: data.batch_size")
              ->type_name("N")
              ->check(whole_number(1, 1 << 20));
}

/// One argument that may hold several values; it must not take the positional ones behind it.
void as_list(CLI::Option& option) { option.delimiter(',')->allow_extra_args(false)->type_name("N,..."); }

}  // namespace

CLI::Validator whole_number(std::int64_t low, std::int64_t high) {
  const auto check = [low, high](std::string& text) -> std::string {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= low && number <= high) return {};
    return fmt::format("'{}' is not a whole number from {} to {}", text, low, high);
  };
  return CLI::Validator(check, "");
}

void add_threads(CLI::App& command, std::optional<int>& threads) { threads_option(command, threads); }

void add_threads(CLI::App& command, std::vector<int>& threads) { as_list(threads_option(command, threads)); }

void add_batch_size(CLI::App& command, std::optional<std::int64_t>& batch_size) {
  batch_size_option(command, batch_size);
}

void add_batch_size(CLI::App& command, std::vector<std::int64_t>& batch_sizes) {
  as_list(batch_size_option(command, batch_sizes));
}

void add_format(CLI::App& command, Format& format, std::vector<std::pair<std::string, Format>> formats) {
  std::string words;
  for (const auto& [word, value] : formats) words += (words.empty() ? "" : "|") + word;
  const auto parse = [&format, formats, words](const std::string& text) {
    for (const auto& [word, value] : formats) {
      if (word != text) continue;
      format = value;
      return;
    }
    throw UsageError(fmt::format("--format: '{}' is none of {}", text, words));
  };
  command.add_option_function<std::string>("--format", parse, "how results are printed; default: text")
      ->type_name(words);
}

void add_text_or_json(CLI::App& command, Format& format) {
  add_format(command, format, {{"text", Format::text}, {"json", Format::json}});
}

void add_overrides(CLI::App& command, std::vector<std::string>& overrides) {
  command.add_option("overrides", overrides, "changes of the configuration, such as optimizer.lr=0.01")
      ->type_name("KEY=VALUE");
  add_set(command, overrides);
}

void add_set(CLI::App& command, std::vector<std::string>& overrides) {
  const auto add = [&overrides](const std::vector<std::string>& more) {
    overrides.insert(overrides.end(), more.begin(), more.end());
  };
  command.add_option_function<std::vector<std::string>>("--set", add, "the same as KEY=VALUE alone")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void require_overrides(const std::vector<std::string>& overrides) {
  for (const std::string& text : overrides)
    if (text.find('=') == std::string::npos || text.front() == '=')
      throw UsageError(fmt::format("unexpected argument '{}' (overrides look like optimizer.lr=0.01)", text));
}

}  // namespace cnnctl::cli
