// Options that several commands share, with the words of their help.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"

namespace cnnctl::cli {

/// The largest batch that a command takes.
inline constexpr std::int64_t kMostBatch = 1 << 20;

void add_threads(Command& command, std::optional<int>& threads);
void add_batch_size(Command& command, std::optional<std::int64_t>& batch_size);
/// The same two options as lists: 1,2,4.
void add_threads(Command& command, std::vector<int>& threads);
void add_batch_size(Command& command, std::vector<std::int64_t>& batch_sizes);
/// --format, one of these.
void add_format(Command& command, Format& format, const std::vector<std::pair<std::string_view, Format>>& formats);
/// The format that most commands have: text or json.
void add_text_or_json(Command& command, Format& format);
/// Positional KEY=VALUE arguments, and --set KEY=VALUE.
void add_overrides(Command& command, std::vector<std::string>& overrides);

/// --set KEY=VALUE alone, where other words stand free.
void add_set(Command& command, std::vector<std::string>& overrides);
/// --weights FILE.
void add_weights(Command& command, std::string& weights);

/// Moves the overrides among `words` to `overrides`: what has a '=' and is no file.
void take_overrides(std::vector<std::string>& words, std::vector<std::string>& overrides);

/// Throws UsageError for an override that is not KEY=VALUE.
void require_overrides(const std::vector<std::string>& overrides);

}  // namespace cnnctl::cli
