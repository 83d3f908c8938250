// Every subcommand: its options, how they are declared, and what runs. One .cpp each.
//   setup(line, options)   declares the subcommand, which runs with these options
//   run(options)           does it; returns the exit code or throws an Error of base/error.hpp
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/evaluation.hpp"
#include "train/lr_range.hpp"
#include "train/reproduce.hpp"
#include "train/session.hpp"

namespace cnnctl::cli {

enum class Format { text, json, jsonl, csv };

struct TrainOptions {
  TrainRequest request;
  Format format = Format::text;
};
void setup(CommandLine& line, TrainOptions& options);
int run(const TrainOptions& options);

struct ReproOptions {
  ReproductionRequest request;
  Format format = Format::text;
};
void setup(CommandLine& line, ReproOptions& options);
int run(const ReproOptions& options);

struct ReplayOptions {
  std::string bundle;
  std::vector<std::string> overrides;
  std::optional<int> threads;
  Format format = Format::text;
};
void setup(CommandLine& line, ReplayOptions& options);
int run(const ReplayOptions& options);

struct EvalOptions {
  std::vector<std::string> targets;
  std::string weights;  // empty: those of the targets, which are checkpoints
  std::vector<std::string> overrides;
  EvaluationRequest request;
  Format format = Format::text;
};
void setup(CommandLine& line, EvalOptions& options);
int run(const EvalOptions& options);

struct InferOptions {
  std::string target;
  std::string weights;
  std::vector<std::string> overrides;
  std::vector<std::string> inputs;
  std::string output;
  std::int64_t top_k = 5;
  std::int64_t batch_size = 32;
  std::optional<int> threads;
  std::optional<Format> format;
};
void setup(CommandLine& line, InferOptions& options);
int run(const InferOptions& options);

struct SummaryOptions {
  std::string target;
  std::vector<std::string> overrides;
  std::optional<std::int64_t> batch_size;
  std::optional<int> threads;
  Format format = Format::text;
};
void setup(CommandLine& line, SummaryOptions& options);
int run(const SummaryOptions& options);

struct BenchOptions {
  std::string target;
  std::vector<std::string> overrides;
  std::vector<std::int64_t> batch_sizes;
  std::vector<int> threads;
  double seconds = 2;
  bool layers = false;
  std::string compare;  // file of an earlier bench
  double tolerance = 0.1;
  Format format = Format::text;
};
void setup(CommandLine& line, BenchOptions& options);
int run(const BenchOptions& options);

struct CheckpointOptions {
  enum class Action { inspect, verify, diff, average, convert } action = Action::inspect;
  std::string first, second, output;
  std::vector<std::string> files;  // of which the mean is taken
  bool config = false, require_equal = false;
  bool linear_to_conv = false, maps = false;
  std::vector<std::int64_t> size;  // of the converted network's pictures: none, one number, or height and width
  Format format = Format::text;
};
void setup(CommandLine& line, CheckpointOptions& options);
int run(const CheckpointOptions& options);
int run_convert(const CheckpointOptions& options);

struct ConfigOptions {
  enum class Action { check, show, schema, reference } action = Action::check;
  std::string file;
  std::vector<std::string> overrides;
  bool schedule = false;  // show the learning rate alone
  std::string png;
};
void setup(CommandLine& line, ConfigOptions& options);
int run(const ConfigOptions& options);

/// layers, losses, metrics, optimizers, schedules, datasets, transforms.
struct ReferenceOptions {
  std::string catalog, entry;
};
void setup(CommandLine& line, ReferenceOptions& options);
int run(const ReferenceOptions& options);

struct LrFindOptions {
  RunSource source;
  RangeTest test;
  std::string png;
  Format format = Format::text;
};
void setup(CommandLine& line, LrFindOptions& options);
int run(const LrFindOptions& options);

struct VersionOptions {};
void setup(CommandLine& line, VersionOptions& options);
int run(const VersionOptions& options);

/// The options of every command.
struct Options {
  TrainOptions train;
  ReproOptions repro;
  ReplayOptions replay;
  EvalOptions eval;
  InferOptions infer;
  SummaryOptions summary;
  BenchOptions bench;
  CheckpointOptions checkpoint;
  ConfigOptions config;
  LrFindOptions lr_find;
  ReferenceOptions reference;
  VersionOptions version;
};
/// The whole command line: what to do, with `options`, which live until it is done; nothing if help or the version was
/// asked for: then `print` has been given it. Throws UsageError.
Task parse_command_line(int argc, const char* const* argv, Options& options,
                        const std::function<void(const std::string&)>& print);

}  // namespace cnnctl::cli
