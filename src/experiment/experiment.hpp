// The whole typed configuration: what one YAML file says, with defaults, limits and rules.
// Knows every section by name; knows nothing of how training runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/fields.hpp"
#include "config/node.hpp"
#include "data/dataset.hpp"
#include "data/pipeline.hpp"
#include "data/transform.hpp"
#include "experiment/name.hpp"
#include "losses/loss.hpp"
#include "metrics/metric.hpp"
#include "model/spec.hpp"
#include "optim/optimizer.hpp"

namespace cnnctl {

/// How pixels are normalised: `auto` (measured on the training samples), `none`, or {mean: [...], std: [...]}.
struct NormalizeConfig {
  enum class Mode { measured, none, given };
  Mode mode = Mode::measured;
  std::vector<double> mean, std;  // one a channel, in units of 0..1

  void fields(Fields& f);
};

/// The word of a dataset format, and the dataset that it chose.
struct DataFormat {
  Choice<Dataset> dataset;
};

/// A number of bytes such as 64MiB, or `auto`: a share of what is free.
struct CacheSize {
  std::optional<std::uint64_t> bytes;
};

/// `data:`, where the fields of the chosen format stand beside the common ones.
struct DataConfig {
  DataFormat format;
  double validation = 0;
  std::optional<Sizes> size;
  Pipeline::Fit fit = Pipeline::Fit::stretch;
  CacheSize cache;
  bool keep_clean = false;
  NormalizeConfig normalize;
  std::vector<Choice<Transform>> augment;
  std::int64_t batch_size = 32;
  bool drop_last = false;
  bool own_split = true;  // no field: whether a validation split that the data has is used where no share is held back

  /// Whether the validation split of the data itself validates. Looks whether it is there.
  bool has_own_validation() const;
  /// Whether anything does.
  bool validates() const { return validation > 0 || has_own_validation(); }

  void fields(Fields& f);
};

/// An entry of `objective:`, the loss of one output.
struct TermConfig {
  std::string name;     // empty: the output's
  Name output, target;  // empty: the model's first output, the target of the data
  Choice<Loss> loss;
  double weight = 1;

  void fields(Fields& f);
};

struct EarlyStoppingConfig {
  std::int64_t patience = 5;
  double min_delta = 0;

  void fields(Fields& f);
};

/// `train.ema:`
struct EmaConfig {
  double decay = 0.999;
  bool ramp = true;

  void fields(Fields& f);
};

/// How a rate passes to another.
enum class Anneal { cos, linear };

/// `train.swa:`
struct SwaConfig {
  std::int64_t start_epoch = 0;
  std::optional<double> lr;
  std::int64_t anneal_epochs = 10;
  Anneal anneal_strategy = Anneal::cos;

  void fields(Fields& f);
};

/// What a training does when a number is not finite: it ends, or goes back to what was saved last and on from there at
/// a lower rate.
enum class OnNan { stop, rollback };

/// `train:`
struct TrainConfig {
  std::int64_t epochs = 10;
  std::int64_t accumulate = 1;  // batches of a step
  std::optional<double> clip_grad_norm, clip_grad_value;
  Name monitor;  // what an epoch is judged by, for the best checkpoint and for early stopping: "val_top1"
  std::optional<EarlyStoppingConfig> early_stopping;
  Path init_from;  // empty: weights are drawn
  OnNan on_nan = OnNan::stop;
  std::int64_t rollbacks = 3;    // at most
  double rollback_factor = 0.5;  // of the rate, each time
  std::optional<EmaConfig> ema;
  std::optional<SwaConfig> swa;

  /// Whether an average of the weights is kept, and takes their place wherever they are judged.
  bool averages() const { return ema || swa; }

  void fields(Fields& f);
};

/// `checkpoint:`
struct CheckpointConfig {
  std::optional<std::int64_t> every_steps, every_epochs, keep;
  double every_minutes = 10;

  void fields(Fields& f);
};

/// A number of threads, or `auto`: as many as there are processors.
struct Threads {
  std::optional<std::int64_t> count;
};
inline constexpr std::int64_t kMostThreads = 1024;

/// `runtime:`, which changes speed and memory; of these only `winograd` and `fuse` may change bits.
struct RuntimeConfig {
  Threads threads;
  bool winograd = true;
  bool fuse = true;

  void fields(Fields& f);
};

/// A section that is read elsewhere: kept as it stands.
struct Section {
  Node node;
};

/// The whole file as fields. `model` and `blocks` have a grammar of their own, graph/spec.hpp's.
struct Settings {
  std::string name;
  std::int64_t seed = 0;
  DataConfig data;
  Section model, blocks;
  Choice<Loss> loss;  // the short form of an objective of one term; none where `objective` is given
  std::vector<TermConfig> objective;
  std::vector<Choice<Metric>> metrics;  // none: what suits the targets, see goal.hpp
  Choice<Optimizer> optimizer;
  Choice<Schedule> lr_scheduler;
  std::vector<ParameterGroup> parameters;
  TrainConfig train;
  CheckpointConfig checkpoint;
  RuntimeConfig runtime;

  Settings();
  void fields(Fields& f);
  /// The objective in its long form.
  std::vector<TermConfig> terms() const;
};

/// A configuration that was read, checked and planned once: nothing about it can fail any more, save the data.
struct Experiment {
  std::string source;  // the file, for messages
  Settings settings;
  ModelSpec model;
  std::vector<Diagnostic> warnings;
};

/// Reads the file and then the overrides ("optimizer.lr=0.01"). Throws ConfigError with every mistake, wrong shapes
/// included; IoError if the file cannot be read.
Experiment load_experiment(const std::string& path, const std::vector<std::string>& overrides);

/// The same for what has not begun yet: besides, its schedule must fit the training. A run that has begun under such a
/// schedule may go on, and is warned.
Experiment load_new_experiment(const std::string& path, const std::vector<std::string>& overrides);

/// The same from text; `name` stands for the file in messages, and paths are relative to the current folder.
Experiment parse_experiment(const std::string& text, const std::string& name,
                            const std::vector<std::string>& overrides);

/// The experiment as YAML with every default written out; reading it gives the same experiment.
std::string resolved_yaml(const Experiment& experiment);

/// JSON Schema (draft 2020-12) of a configuration file, for editors.
std::string experiment_schema();

/// Traps that are legal: softmax before cross_entropy, a bias before batch norm, Keras' momentum.
std::vector<Diagnostic> lint(const Settings& settings, const ModelSpec& model);

/// What augmentation makes of samples with these columns. Throws ConfigError, at the transform, if it cannot.
SampleSpec augmented(const DataConfig& data, SampleSpec spec);

/// Throws ConfigError unless samples with these columns fit the network's inputs: the only one takes the samples' own
/// input, of shape `sample` when it reaches the network; of several each takes the column of its name.
void check_inputs(const Experiment& experiment, const SampleSpec& spec, const Shape& sample);

}  // namespace cnnctl
