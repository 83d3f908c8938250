// cnnctl infer: the most likely classes of pictures, or the raw outputs of arrays.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include "base/file.hpp"
#include "cli/effects.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/predictions.hpp"
#include "data/picture_list.hpp"

namespace cnnctl::cli {
namespace {

/// The files that the user means: of a folder the pictures in it and below, as training would list them.
std::vector<std::string> expand(const std::vector<std::string>& inputs) {
  std::vector<std::string> files;
  for (const std::string& input : inputs) {
    std::error_code ignored;  // what cannot be looked at is read like a file, which says what is wrong
    if (!std::filesystem::is_directory(input, ignored)) {
      files.push_back(input);
      continue;
    }
    PictureList list(input.substr(0, input.find_last_not_of('/') + 1));
    list.add_all();
    if (list.size() == 0) throw DataError(input, list.none());
    if (const std::string other = list.left_out(); !other.empty()) note(fmt::format("{}: {}", input, other));
    for (std::size_t i = 0; i < list.size(); ++i) files.push_back(list.path(i));
  }
  return files;
}

bool is_array(const std::string& file) { return file.ends_with(".npy"); }

/// Works through the files. A file that cannot be used is reported, and the others are done all the same.
class Inference {
 public:
  using Done = std::function<void(const std::string& name, Row outputs)>;
  Inference(Predictor& predictor, Done done) : predictor_(predictor), done_(std::move(done)) {}

  /// Returns the number of files that could not be used.
  int run(const std::vector<std::string>& files) {
    for (const std::string& file : files) {
      try {
        is_array(file) ? take_array(file) : take_picture(file);
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
    pictures_.push_back(predictor_.read(file));
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
    std::vector<Row> rows = predictor_.pictures(pictures_);
    for (std::size_t i = 0; i < names_.size(); ++i) hand_on(names_[i], std::move(rows[i]));
    names_.clear();
    pictures_.clear();
  }

  Predictor& predictor_;
  Done done_;
  std::vector<std::string> names_;
  std::vector<Predictor::Prepared> pictures_;
  int bad_ = 0;
};

void require_pictures_fit(const TrainedModel& model, const std::vector<std::string>& files) {
  const Shape& input = model.network->input();
  if (input.is_image() && (input.channels() == 1 || input.channels() == 3)) return;
  for (const std::string& file : files)
    if (!is_array(file))
      throw UsageError(
          fmt::format("the model takes {}, a picture has 1 or 3 channels: give arrays (.npy)", input.str()));
}

/// How results go where they go.
struct Destination {
  Format format = Format::text;
  bool raw = false;  // the network's outputs as an array, not what they mean
};

std::string extension_of(const std::string& path) { return std::filesystem::path(path).extension().string(); }

/// --format decides, or else the ending of --output; that they contradict each other is a mistake.
Destination destination_of(const InferOptions& options) {
  constexpr std::pair<std::string_view, Format> kEndings[] = {
      {".csv", Format::csv}, {".json", Format::json}, {".jsonl", Format::jsonl}, {".txt", Format::text}};
  if (options.output.empty()) return {options.format.value_or(Format::text), false};
  const std::string ending = extension_of(options.output);
  std::optional<Format> named;
  for (const auto& [text, format] : kEndings)
    if (ending == text) named = format;
  const bool raw = ending == ".npy";
  if (options.format && (raw || (named && *named != *options.format)))
    throw UsageError(fmt::format("--output {} ends in '{}', which is not what --format says", options.output, ending));
  if (!options.format && !named && !raw)
    throw UsageError(
        fmt::format("--output {}: say with --format what it is to be, or let it end in .npy (raw outputs), "
                    ".csv, .json, .jsonl or .txt",
                    options.output));
  return {options.format.value_or(named.value_or(Format::text)), raw};
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
  command.text({"checkpoint", "CHECKPOINT",
                "run folder (its best checkpoint) or checkpoint file; with --weights a configuration", true},
               options.target);
  command.texts(
      {"inputs", "FILE...", "pictures, folders with pictures at any depth, or arrays N,C,H,W, normalised (.npy)", true},
      options.inputs);
  add_set(command, options.overrides);
  add_weights(command, options.weights);
  command.whole({"--top-k", "K", "classes shown of each; default: 5"}, options.top_k, 1, 1 << 20);
  command.text(
      {"--output", "FILE",
       "write to this file: what --format says, or else its ending: .csv, .json, .jsonl, .txt, or .npy for the raw "
       "outputs of all inputs"},
      options.output);
  command.whole({"--batch-size", "N", "samples at a time; default: 32"}, options.batch_size, 1, kMostBatch);
  add_threads(command, options.threads);
  command.choice("--format", options.format, "how results are told; default: text",
                 {{"text", Format::text}, {"json", Format::json}, {"jsonl", Format::jsonl}, {"csv", Format::csv}});
}

int run(const InferOptions& options) {
  const Destination destination = destination_of(options);
  const bool foreign = !options.weights.empty();
  require_effect(foreign ? Uses::infer_weights : Uses::infer, options.overrides);
  const std::vector<std::string> files = expand(options.inputs);
  const bool pictures = !std::all_of(files.begin(), files.end(), is_array);
  const TrainedModel model =
      foreign ? open_weights(options.target, options.weights, options.overrides, options.threads, pictures)
              : open_trained(options.target, options.overrides);
  require_pictures_fit(model, files);
  const Workers workers(thread_count(options.threads, model.experiment.settings));
  Predictor predictor(model, workers, options.batch_size);

  if (options.output.empty()) {
    Predictions predictions(model, destination.format, options.top_k, print);
    const int bad =
        Inference(predictor, [&](const std::string& name, Row row) { predictions.add(name, row); }).run(files);
    predictions.finish();
    return static_cast<int>(bad > 0 ? ExitCode::data : ExitCode::done);
  }
  std::string text;
  std::vector<Row> rows;
  Predictions predictions(model, destination.format, options.top_k, [&text](std::string_view more) { text += more; });
  const auto take = [&](const std::string& name, Row row) {
    if (destination.raw)
      rows.push_back(std::move(row));
    else
      predictions.add(name, row);
  };
  if (Inference(predictor, take).run(files) > 0)
    throw Error(ExitCode::data, fmt::format("{}: error: not written: not all inputs could be used", options.output));
  predictions.finish();
  if (destination.raw)
    write_outputs(options.output, rows, model.network->output());
  else
    write_file_atomically(options.output, text);
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
