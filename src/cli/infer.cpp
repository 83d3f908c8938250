// cnnctl infer: the most likely classes of pictures, or the raw outputs of arrays.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/file.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/predict.hpp"

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

/// Prints predictions as they come, except JSON, which is one object.
class Printer {
 public:
  Printer(const InferOptions& options, const TrainedModel& model) : options_(options), model_(model) {
    all_ = {{"schema", "cnnctl.infer/1"}, {"checkpoint", model.path}, {"results", Json::array()}};
    if (options.format == Format::csv) print("file,rank,class,label,probability\n");
  }

  void add(const std::string& file, const Row& outputs) {
    const std::vector<Guess> guesses = best_guesses(probabilities(model_, outputs), options_.top_k);
    switch (options_.format) {
      case Format::text:
        return text(file, guesses);
      case Format::csv:
        return csv(file, guesses);
      case Format::jsonl:
        return print(json(file, guesses).dump(-1, ' ', false, kReplace) + "\n");
      case Format::json:
        all_["results"].push_back(json(file, guesses));
    }
  }

  void finish() {
    if (options_.format == Format::json) print(all_.dump(2, ' ', false, kReplace) + "\n");
  }

 private:
  using Json = nlohmann::ordered_json;
  static constexpr auto kReplace = Json::error_handler_t::replace;

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

  const InferOptions& options_;
  const TrainedModel& model_;
  Json all_;
};

bool is_picture_name(const std::string& name) {
  std::string end = std::filesystem::path(name).extension().string();
  std::transform(end.begin(), end.end(), end.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return end == ".jpg" || end == ".jpeg" || end == ".png" || end == ".bmp";
}

/// The files that the user means: of a folder the pictures in it, by name.
std::vector<std::string> expand(const std::vector<std::string>& inputs) {
  std::vector<std::string> files;
  for (const std::string& input : inputs) {
    std::error_code ignored;  // what cannot be looked at is read like a file, which says what is wrong
    if (!std::filesystem::is_directory(input, ignored)) {
      files.push_back(input);
      continue;
    }
    const std::size_t before = files.size();
    for (const std::string& name : list_folder(input))
      if (is_picture_name(name)) files.push_back((std::filesystem::path(input) / name).string());
    if (files.size() == before) throw DataError(input, "the folder holds no pictures (.jpg, .jpeg, .png, .bmp)");
  }
  return files;
}

/// Works through the files. A file that cannot be used is reported, and the others are done all the same.
class Inference {
 public:
  using Done = std::function<void(const std::string& name, Row outputs)>;
  Inference(Predictor& predictor, Done done) : predictor_(predictor), done_(std::move(done)) {}

  /// Returns the number of files that could not be used.
  int run(const std::vector<std::string>& files) {
    for (const std::string& file : files) {
      try {
        file.ends_with(".npy") ? take_array(file) : take_picture(file);
      } catch (const DataError& error) {
        note(error.what());
        ++bad_;
      }
    }
    flush();
    return bad_;
  }

 private:
  void take_array(const std::string& file) {
    flush();  // results keep the order of the command line
    std::vector<Row> rows = predictor_.array(read_npy(file), file);
    for (std::size_t i = 0; i < rows.size(); ++i) hand_on(fmt::format("{}[{}]", file, i), std::move(rows[i]));
  }

  void take_picture(const std::string& file) {
    pictures_.push_back(read_picture(file, predictor_.channels()));
    names_.push_back(file);
    if (static_cast<std::int64_t>(names_.size()) == predictor_.batch_size()) flush();
  }

  /// What was finite went in.
  void hand_on(const std::string& name, Row outputs) {
    const auto bad = std::count_if(outputs.begin(), outputs.end(), [](real v) { return !std::isfinite(v); });
    if (bad > 0)
      throw TrainingError(
          fmt::format("{}: {} of the network's {} outputs for it are not finite: its weights are too "
                      "large for what goes in",
                      name, bad, outputs.size()));
    done_(name, std::move(outputs));
  }

  void flush() {
    if (names_.empty()) return;
    std::vector<Row> rows = predictor_.pictures(std::move(pictures_));
    for (std::size_t i = 0; i < names_.size(); ++i) hand_on(names_[i], std::move(rows[i]));
    names_.clear();
    pictures_.clear();
  }

  Predictor& predictor_;
  Done done_;
  std::vector<std::string> names_;
  std::vector<Picture> pictures_;
  int bad_ = 0;
};

void require_pictures_fit(const TrainedModel& model, const std::vector<std::string>& files) {
  const Shape& input = model.network->input();
  if (input.is_image() && (input.channels() == 1 || input.channels() == 3)) return;
  for (const std::string& file : files)
    if (!file.ends_with(".npy"))
      throw UsageError(
          fmt::format("the model takes {}, a picture has 1 or 3 channels: give arrays (.npy)", input.str()));
}

void write_outputs(const std::string& path, const std::vector<Row>& rows, const Shape& output) {
  std::vector<std::int64_t> shape = {static_cast<std::int64_t>(rows.size())};
  shape.insert(shape.end(), output.sizes().begin(), output.sizes().end());
  std::vector<float> values;
  for (const Row& row : rows) values.insert(values.end(), row.begin(), row.end());
  write_npy(path, shape, values);
}

}  // namespace

void setup(CommandLine& line, InferOptions& options) {
  Command command =
      line.command("infer", "Classify pictures, or run arrays through a network", [&options] { return run(options); });
  command.text({"checkpoint", "CHECKPOINT", "run folder (its best checkpoint) or checkpoint file", true},
               options.target);
  command.texts({"inputs", "FILE...", "pictures, folders of pictures, or arrays N,C,H,W, normalised (.npy)", true},
                options.inputs);
  command.whole({"--top-k", "K", "classes shown of each; default: 5"}, options.top_k, 1, 1 << 20);
  command.text({"--output", "FILE", "write the raw outputs of all inputs to this .npy file instead"}, options.output);
  command.whole({"--batch-size", "N", "samples at a time; default: 32"}, options.batch_size, 1, kMostBatch);
  add_threads(command, options.threads);
  add_format(command, options.format,
             {{"text", Format::text}, {"json", Format::json}, {"jsonl", Format::jsonl}, {"csv", Format::csv}});
}

int run(const InferOptions& options) {
  const TrainedModel model = open_trained(options.target, {});
  const std::vector<std::string> files = expand(options.inputs);
  require_pictures_fit(model, files);
  const Workers workers(thread_count(options.threads, model.experiment.settings));
  Predictor predictor(model, workers, options.batch_size);

  int bad = 0;
  if (options.output.empty()) {
    Printer printer(options, model);
    bad = Inference(predictor, [&](const std::string& name, Row row) { printer.add(name, row); }).run(files);
    printer.finish();
  } else {
    std::vector<Row> rows;
    bad = Inference(predictor, [&](const std::string&, Row row) { rows.push_back(std::move(row)); }).run(files);
    if (bad > 0)
      throw Error(ExitCode::data, fmt::format("{}: error: not written: not all inputs could be used", options.output));
    write_outputs(options.output, rows, model.network->output());
  }
  return static_cast<int>(bad > 0 ? ExitCode::data : ExitCode::done);
}

}  // namespace cnnctl::cli
