// cnnctl checkpoint: look into a file of weights, prove it whole, compare two, take the mean of several; convert.cpp
// gives it another form.
#include "checkpoint/checkpoint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace cnnctl::cli {
namespace {

using Json = nlohmann::ordered_json;
using Action = CheckpointOptions::Action;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? std::string("scalar") : fmt::format("{}", fmt::join(shape, "x"));
}

/// Nine columns: digits of a whole number as far as they fit, else two of them.
std::string extreme(const TensorSummary& t, double value, std::string WholeNumbers::*digits) {
  constexpr std::size_t kMostDigits = 8;
  if (t.whole && ((*t.whole).*digits).size() <= kMostDigits) return (*t.whole).*digits;
  return fmt::format("{:.2g}", value);
}

std::string text_of(const std::string& path, const CheckpointSummary& s) {
  std::string text = fmt::format("{:<13}{}, {}\n{:<13}{}\n", "file", path, human_bytes(s.file_bytes), "checksum",
                                 s.has_checksum ? "verified" : "none");
  if (s.info) {
    const TrainingProgress& p = s.info->progress;
    text += fmt::format("{:<13}{}\n{:<13}epoch {}, step {}\n{:<13}{}\n", "written by", s.info->tool_version, "progress",
                        p.epoch, p.step, "metrics", s.info->metrics);
    text += fmt::format(
        "{:<13}{}\n{:<13}mean [{:.6g}], std [{:.6g}]\n", "classes", fmt::join(s.info->class_names, ", "), "normalised",
        fmt::join(s.info->pipeline.normalization.mean, ", "), fmt::join(s.info->pipeline.normalization.std, ", "));
  }
  text += fmt::format("{:<13}{}\n\n{:<32}{:<6}{:>14}{:>9}{:>9}{:>9}\n", "parameters", with_commas(s.parameters),
                      "tensor", "type", "shape", "least", "mean", "largest");
  for (const TensorSummary& t : s.tensors) {
    text += fmt::format("{:<32}{:<6}{:>14}", t.name, t.dtype, shape_text(t.shape));
    text += t.is_read ? fmt::format("{:>9}{:>9.2g}{:>9}\n", extreme(t, t.least, &WholeNumbers::least), t.mean,
                                    extreme(t, t.largest, &WholeNumbers::largest))
                      : fmt::format("{:>27}\n", "not read");
    if (t.nonfinite > 0) text += fmt::format("  {} values are not finite\n", with_commas(t.nonfinite));
  }
  return text;
}

Json json_of(const std::string& path, const CheckpointSummary& s) {
  Json json = {{"schema", "cnnctl.checkpoint.inspect/1"},
               {"file", path},
               {"bytes", s.file_bytes},
               {"checksum", s.has_checksum},
               {"parameters", s.parameters},
               {"nonfinite", s.nonfinite}};
  if (s.info) {
    json["written_by"] = s.info->tool_version;
    json["epoch"] = s.info->progress.epoch;
    json["step"] = s.info->progress.step;
    json["metrics"] = Json::parse(s.info->metrics, nullptr, false);
    json["classes"] = s.info->class_names;
    json["mean"] = s.info->pipeline.normalization.mean;
    json["std"] = s.info->pipeline.normalization.std;
  }
  for (const TensorSummary& t : s.tensors) {
    const auto exact = [&t](double value, std::string WholeNumbers::*digits) {
      return t.whole ? Json::parse((*t.whole).*digits) : t.is_read ? Json(value) : Json();
    };
    json["tensors"].push_back({{"name", t.name},
                               {"dtype", t.dtype},
                               {"shape", t.shape},
                               {"least", exact(t.least, &WholeNumbers::least)},
                               {"mean", t.is_read ? Json(t.mean) : Json()},
                               {"largest", exact(t.largest, &WholeNumbers::largest)},
                               {"nonfinite", t.is_read ? Json(t.nonfinite) : Json()}});
  }
  return json;
}

int run_inspect(const CheckpointOptions& options) {
  const std::string path = find_checkpoint(options.first);
  if (options.config) {
    print(read_info(path).config);
    return static_cast<int>(ExitCode::done);
  }
  const CheckpointSummary summary = inspect(path);
  print(options.format == Format::json ? json_page(json_of(path, summary)) : text_of(path, summary));
  return static_cast<int>(ExitCode::done);
}

int run_verify(const CheckpointOptions& options) {
  const std::string path = find_checkpoint(options.first);
  const CheckpointSummary summary = verify(path);
  std::vector<std::string> unread;
  std::set<std::string> types;
  for (const TensorSummary& tensor : summary.tensors) {
    if (tensor.is_read) continue;
    unread.push_back(tensor.name);
    types.insert(tensor.dtype);
  }
  if (options.format == Format::json) {
    print(json_page(Json{{"schema", "cnnctl.checkpoint.verify/1"},
                         {"file", path},
                         {"ok", true},
                         {"checksum", summary.has_checksum},
                         {"tensors", summary.tensors.size()},
                         {"not_read", unread}}));
  } else {
    const std::string values = unread.empty()
                                   ? std::string("all values finite")
                                   : fmt::format("the values of {} finite; those of {} not read, being of type{} {}",
                                                 summary.tensors.size() - unread.size(), unread.size(),
                                                 types.size() == 1 ? "" : "s", fmt::join(types, ", "));
    print(fmt::format("{}: ok, {} tensors, {}, {}, {}\n", path, summary.tensors.size(), human_bytes(summary.file_bytes),
                      values, summary.has_checksum ? "checksum verified" : "no checksum"));
  }
  return static_cast<int>(ExitCode::done);
}

int run_diff(const CheckpointOptions& options) {
  const std::vector<TensorDifference> lines = diff(find_checkpoint(options.first), find_checkpoint(options.second));
  const auto equal = static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [](const TensorDifference& d) { return d.what == "equal"; }));
  if (options.format == Format::json) {
    Json json = {{"schema", "cnnctl.checkpoint.diff/1"}, {"equal", equal == lines.size()}, {"tensors", Json::array()}};
    for (const TensorDifference& d : lines)
      json["tensors"].push_back({{"name", d.name},
                                 {"what", d.what},
                                 {"largest", d.largest},
                                 {"relative", d.relative},
                                 {"count", d.count},
                                 {"first", d.first}});
    print(json_page(json));
  } else {
    std::string text;
    for (const TensorDifference& d : lines) {
      if (d.what == "equal") continue;
      text += fmt::format("{:<32}{}", d.name, d.what);
      if (d.what == "different")
        text += fmt::format(": {} values, largest {:.3g} ({:.3g} relative), first at {}", with_commas(d.count),
                            d.largest, d.relative, d.first);
      text += "\n";
    }
    print(text + fmt::format("{} of {} tensors are equal\n", equal, lines.size()));
  }
  const bool failed = options.require_equal && equal != lines.size();
  return static_cast<int>(failed ? ExitCode::not_reproducible : ExitCode::done);
}

int run_average(const CheckpointOptions& options) {
  if (options.files.size() < 2)
    throw UsageError("checkpoint average takes two files at least (see cnnctl checkpoint average --help)");
  std::vector<std::string> paths;
  for (const std::string& file : options.files) paths.push_back(find_checkpoint(file));
  average(paths, options.output);
  print(fmt::format("{}: the mean of {} files\n", options.output, paths.size()));
  return static_cast<int>(ExitCode::done);
}

}  // namespace

void setup(CommandLine& line, CheckpointOptions& options) {
  Command command = line.command("checkpoint", "Inspect, verify, compare, average or convert files of weights",
                                 [&options] { return run(options); });
  const auto add = [&](const char* name, const char* help, Action action) {
    Command inner = command.command(name, help, [&options, action] { options.action = action; });
    inner.text({"file", "FILE", "checkpoint, run folder or any safetensors file", true}, options.first);
    add_text_or_json(inner, options.format);
    return inner;
  };
  add("inspect", "Show what a file says about itself, and its tensors", Action::inspect)
      .flag({"--config", "", "print only the configuration that it was trained with"}, options.config);
  add("verify", "Check structure, checksum, and that every value is finite", Action::verify);
  Command compare = add("diff", "Compare two files tensor by tensor", Action::diff);
  compare.text({"second", "FILE", "the other file", true}, options.second);
  Command mean = command.command("average", "Write the mean of the weights of several files of one network",
                                 [&options] { options.action = Action::average; });
  mean.texts({"files", "FILE...", "checkpoints, run folders or safetensors files, two at least", true}, options.files);
  mean.text({"--output", "FILE", "where to write it", true}, options.output);
  compare.flag({"--require-equal", "", "exit with 11 unless all bits are the same"}, options.require_equal);
  Command convert = add("convert", "Give a network another form, with the same weights", Action::convert);
  convert.flag({"--linear-to-conv", "", "fully convolutional: linear layers slide over larger pictures"},
               options.linear_to_conv);
  convert.text({"--output", "FILE", "checkpoint to write", true}, options.output);
  convert.wholes({"--size", "H,W", "pictures that it takes from now on; default: as before"}, options.size, 1,
                 kMaxPictureSide);
  convert.flag({"--maps", "", "keep the scores of all places, rather than their mean"}, options.maps);
}

int run(const CheckpointOptions& options) {
  switch (options.action) {
    case Action::inspect:
      return run_inspect(options);
    case Action::verify:
      return run_verify(options);
    case Action::diff:
      return run_diff(options);
    case Action::average:
      return run_average(options);
    case Action::convert:
      return run_convert(options);
  }
  return static_cast<int>(ExitCode::internal);
}

}  // namespace cnnctl::cli
