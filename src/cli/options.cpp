#include "cli/options.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.hpp"

namespace cnnctl::cli {
namespace {

constexpr const char* kThreadsHelp = "threads to compute with; default: runtime.threads, or all processors";
constexpr const char* kBatchHelp = "samples at a time; default: data.batch_size";

}  // namespace

void add_threads(Command& command, std::optional<int>& threads) {
  command.whole({"--threads", "N", kThreadsHelp}, threads, 1, kMostThreads);
}

void add_threads(Command& command, std::vector<int>& threads) {
  command.wholes({"--threads", "N,...", kThreadsHelp}, threads, 1, kMostThreads);
}

void add_batch_size(Command& command, std::optional<std::int64_t>& batch_size) {
  command.whole({"--batch-size", "N", kBatchHelp}, batch_size, 1, kMostBatch);
}

void add_batch_size(Command& command, std::vector<std::int64_t>& batch_sizes) {
  command.wholes({"--batch-size", "N,...", kBatchHelp}, batch_sizes, 1, kMostBatch);
}

void add_format(Command& command, Format& format, const std::vector<std::pair<std::string_view, Format>>& formats) {
  command.choice("--format", format, "how results are printed; default: text", formats);
}

void add_text_or_json(Command& command, Format& format) {
  add_format(command, format, {{"text", Format::text}, {"json", Format::json}});
}

void add_overrides(Command& command, std::vector<std::string>& overrides) {
  command.texts({"overrides", "KEY=VALUE...", "changes of the configuration, such as optimizer.lr=0.01"}, overrides);
  command.repeated({"--set", "KEY=VALUE", "the same as KEY=VALUE alone"}, overrides);
}

void add_set(Command& command, std::vector<std::string>& overrides) {
  command.repeated({"--set", "KEY=VALUE", "a change of the configuration, such as runtime.fuse=false"}, overrides);
}

void add_weights(Command& command, std::string& weights) {
  command.text({"--weights", "FILE",
                "weights of any program for a configuration, in place of a checkpoint: safetensors with PyTorch's "
                "names, all of them"},
               weights);
}

void take_overrides(std::vector<std::string>& words, std::vector<std::string>& overrides) {
  std::vector<std::string> rest;
  for (std::string& word : words) {
    std::error_code ignored;
    const bool is_override = word.find('=') != std::string::npos && !std::filesystem::exists(word, ignored);
    (is_override ? overrides : rest).push_back(std::move(word));
  }
  words = std::move(rest);
}

void require_overrides(const std::vector<std::string>& overrides) {
  for (const std::string& text : overrides)
    if (text.find('=') == std::string::npos || text.front() == '=')
      throw UsageError(fmt::format("unexpected argument '{}' (overrides look like optimizer.lr=0.01)", text));
}

}  // namespace cnnctl::cli
