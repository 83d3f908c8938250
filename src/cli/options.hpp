// Options that several commands share, with the words of their help and of their refusals.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"

namespace cnnctl::cli {

/// Refuses what is not a whole number in [low, high].
CLI::Validator whole_number(std::int64_t low, std::int64_t high);

void add_threads(CLI::App& command, std::optional<int>& threads);
void add_batch_size(CLI::App& command, std::optional<std::int64_t>& batch_size);
/// The same two options as lists: 1,2,4.
void add_threads(CLI::App& command, std::vector<int>& threads);
void add_batch_size(CLI::App& command, std::vector<std::int64_t>& batch_sizes);
/// --format, one of these.
void add_format(CLI::App& command, Format& format, std::vector<std::pair<std::string, Format>> formats);
/// The format that most commands have: text or json.
void add_text_or_json(CLI::App& command, Format& format);
/// Positional KEY=VALUE arguments, and --set KEY=VALUE.
void add_overrides(CLI::App& command, std::vector<std::string>& overrides);
/// Only --set KEY=VALUE.
void add_set(CLI::App& command, std::vector<std::string>& overrides);

/// Throws UsageError for an override that is not KEY=VALUE.
void require_overrides(const std::vector<std::string>& overrides);

}  // namespace cnnctl::cli
