#include "cli/predictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"

namespace cnnctl::cli {
namespace {

struct Guess {
  std::size_t label;
  double probability;
};

std::vector<Guess> best_guesses(const std::vector<double>& probabilities, std::int64_t top_k) {
  std::vector<Guess> guesses;
  for (std::size_t i = 0; i < probabilities.size(); ++i) guesses.push_back({i, probabilities[i]});
  std::stable_sort(guesses.begin(), guesses.end(),
                   [](const Guess& a, const Guess& b) { return a.probability > b.probability; });
  guesses.resize(std::min(guesses.size(), static_cast<std::size_t>(top_k)));
  return guesses;
}

/// A field of a CSV file, in quotes where it must be.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

struct Predictions::Impl {
  Impl(const TrainedModel& model, Format format, std::int64_t top_k, Write write)
      : model_(model), format_(format), top_k_(top_k), print(std::move(write)) {
    all_ = {{"schema", "cnnctl.infer/1"}, {"checkpoint", model.path}, {"results", Json::array()}};
    if (format_ == Format::csv) print("file,rank,class,label,probability\n");
  }

  void add(const std::string& file, const Row& outputs) {
    const std::vector<Guess> guesses = best_guesses(probabilities(model_, outputs), top_k_);
    switch (format_) {
      case Format::text:
        return text(file, guesses);
      case Format::csv:
        return csv(file, guesses);
      case Format::jsonl:
        return print(json_line(json(file, guesses)) + "\n");
      case Format::json:
        all_["results"].push_back(json(file, guesses));
    }
  }

  void finish() {
    if (format_ == Format::json) print(json_page(all_));
  }

  using Json = nlohmann::ordered_json;

  std::string name(std::size_t label) const {
    return label < model_.info.class_names.size() ? model_.info.class_names[label] : std::to_string(label);
  }

  void text(const std::string& file, const std::vector<Guess>& guesses) {
    std::string line = file + ":";
    for (const Guess& g : guesses) line += fmt::format(" {} {:.4f},", name(g.label), g.probability);
    line.back() = '\n';
    print(line);
  }
  void csv(const std::string& file, const std::vector<Guess>& guesses) {
    for (std::size_t rank = 0; rank < guesses.size(); ++rank)
      print(fmt::format("{},{},{},{},{:.6f}\n", csv_field(file), rank + 1, csv_field(name(guesses[rank].label)),
                        guesses[rank].label, guesses[rank].probability));
  }
  Json json(const std::string& file, const std::vector<Guess>& guesses) {
    Json predictions = Json::array();
    for (const Guess& g : guesses)
      predictions.push_back({{"class", name(g.label)}, {"label", g.label}, {"probability", g.probability}});
    return {{"file", file}, {"predictions", predictions}};
  }

  const TrainedModel& model_;
  Format format_;
  std::int64_t top_k_;
  Write print;
  Json all_;
};

Predictions::Predictions(const TrainedModel& model, Format format, std::int64_t top_k, Write write)
    : impl_(std::make_unique<Impl>(model, format, top_k, std::move(write))) {}
Predictions::~Predictions() = default;

void Predictions::add(const std::string& input, const Row& outputs) { impl_->add(input, outputs); }
void Predictions::finish() { impl_->finish(); }

}  // namespace cnnctl::cli
