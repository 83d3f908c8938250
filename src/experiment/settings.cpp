// The sections of a configuration file, field by field: the one place for their defaults, limits and words.
#include <algorithm>

#include "base/text.hpp"
#include "experiment/experiment.hpp"

namespace cnnctl {

template <>
struct Words<NormalizeConfig::Mode> {
  static constexpr std::pair<std::string_view, NormalizeConfig::Mode> list[] = {
      {"auto", NormalizeConfig::Mode::measured},
      {"none", NormalizeConfig::Mode::none},
      {"given", NormalizeConfig::Mode::given}};
};
template <>
struct Words<Pipeline::Fit> {
  static constexpr std::pair<std::string_view, Pipeline::Fit> list[] = {{"stretch", Pipeline::Fit::stretch},
                                                                        {"cover", Pipeline::Fit::cover}};
};
namespace {

/// The name of a dataset format; the format's own fields follow in the same map.
class DataFormatCodec final : public WordCodec {
 public:
  explicit DataFormatCodec(DataFormat& format) : format_(format) {}

 protected:
  std::vector<std::string_view> words() const override { return datasets().names(); }
  std::size_t get() const override {
    std::size_t index = 0;
    while (index + 1 < datasets().kinds().size() && datasets().kinds()[index] != format_.dataset.kind) ++index;
    return index;
  }
  void set(std::size_t index) override { format_.dataset = Choice<Dataset>(*datasets().kinds()[index]); }

 private:
  DataFormat& format_;
};

/// `auto` or a number.
class ThreadsCodec final : public Codec {
 public:
  explicit ThreadsCodec(Threads& threads) : threads_(threads) {}

  bool read(const Node& node, const Reading& reading) override {
    threads_.count.reset();
    if (node.is_scalar() && !node.quoted() && node.text() == "auto") return true;
    std::int64_t number = 0;
    if (!ValueCodec<std::int64_t>(number).read(node, reading)) return false;
    threads_.count = number;
    return true;
  }
  std::optional<Node> write() override {
    return Node::plain(threads_.count ? std::to_string(*threads_.count) : "auto");
  }
  std::string type(const Limits&) override { return "auto | integer"; }
  Node schema(const Limits& limits) override {
    std::int64_t number = 0;
    Node word = Node::map(), either = Node::map();
    word.set("const", Node::string("auto"));
    either.set("anyOf", Node::list({word, ValueCodec<std::int64_t>(number).schema(limits)}));
    return either;
  }

 private:
  Threads& threads_;
};

/// `auto` or bytes with a unit.
class CacheSizeCodec final : public Codec {
 public:
  explicit CacheSizeCodec(CacheSize& size) : size_(size) {}

  bool read(const Node& node, const Reading& reading) override {
    size_.bytes.reset();
    if (node.is_scalar() && node.text() == "auto") return true;
    if (node.is_scalar()) size_.bytes = bytes_from(node.text());
    if (size_.bytes) return true;
    return reading.fail(node.where(), reading.label + " takes auto, or bytes as in 64MiB, 2GiB or 0");
  }
  std::optional<Node> write() override {
    return Node::plain(size_.bytes ? exact_bytes(*size_.bytes) : std::string("auto"));
  }
  std::string type(const Limits&) override { return "auto | bytes"; }
  Node schema(const Limits&) override {
    Node schema = Node::map();
    schema.set("type", Node::list({Node::string("string"), Node::string("integer")}));
    return schema;
  }

 private:
  CacheSize& size_;
};

/// Anything; its own reader judges it later.
class SectionCodec final : public Codec {
 public:
  explicit SectionCodec(Section& section) : section_(section) {}

  bool read(const Node& node, const Reading&) override {
    section_.node = node;
    return true;
  }
  std::optional<Node> write() override {
    if (section_.node.is_null()) return std::nullopt;
    return section_.node;
  }
  std::string type(const Limits&) override { return "map"; }
  Node schema(const Limits&) override {
    Node schema = Node::map();
    schema.set("type", Node::string("object"));
    return schema;
  }

 private:
  Section& section_;
};

template <class Base>
Choice<Base> entry(const Catalog<Base>& catalog, std::string_view name) {
  return Choice<Base>(*catalog.find(name));
}

bool is_folder_name(std::string_view name) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return name.empty() || (name[0] != '.' && std::all_of(name.begin(), name.end(), legal));
}

}  // namespace

template <>
struct detail::CodecFor<DataFormat> {
  using type = DataFormatCodec;
};
template <>
struct detail::CodecFor<Threads> {
  using type = ThreadsCodec;
};
template <>
struct detail::CodecFor<CacheSize> {
  using type = CacheSizeCodec;
};
template <>
struct detail::CodecFor<Section> {
  using type = SectionCodec;
};

void NormalizeConfig::fields(Fields& f) {
  f.shorthand("mode");
  f.optional("mode", mode, "auto: measured on the training samples; none: pixels / 255; given: mean and std");
  f.optional("mean", mean, "of each channel, in units of 0..1");
  f.optional("std", std, "standard deviation of each channel, in units of 0..1", positive());
  f.check(mean.size() == std.size(), "std", "mean and std must have one number for each channel, both");
  if (!mean.empty()) mode = Mode::given;
  f.check(mode != Mode::given || !mean.empty(), "mode", "given needs mean and std: {mean: [0.5], std: [0.25]}");
}

void DataConfig::fields(Fields& f) {
  f.required("format", format, "what the files are; its own fields follow in the same map");
  if (format.dataset) format.dataset->fields(f);
  f.optional(
      "validation", validation,
      "share of the training samples that is held back, the same of each class; not beside a validation split of "
      "the data's own, which is used without being asked for",
      fraction());
  f.optional("size", size,
             "[height, width] that every picture is scaled to; default: that of model.input for pictures of any size, "
             "where augmentation keeps it; else they must agree",
             per_axis(2, between(1, static_cast<double>(kMaxPictureSide))));
  f.optional("fit", fit, "how: stretch; or cover: in proportion, and what stands over is cut off on both sides");
  f.optional(
      "cache", cache,
      "for pictures that were read from files, as 64MiB; auto: half of what is free. The others are read anew in each "
      "epoch: the same bits");
  f.optional("keep_clean", keep_clean,
             "adds a column 'clean', the target where none is named: the input before its colours change, in 0..1");
  f.optional(
      "normalize", normalize,
      "(pixel / 255 - mean) / std, of numbers that are no bytes (number - mean) / std: auto, none, or {mean: [...], "
      "std: [...]}");
  f.optional("augment", augment, transforms(), "random changes of each training sample, in order");
  const std::string mistake = order_mistake(augment);
  f.check(mistake.empty(), "augment", mistake);
  f.optional("batch_size", batch_size, "samples a step", between(1, 1 << 20));
  f.optional("drop_last", drop_last,
             "leave out the last batch of each training epoch where fewer than batch_size samples are left for it");
}

bool DataConfig::has_own_validation() const {
  return own_split && validation == 0 && format.dataset && format.dataset->has(Split::validation);
}

void CheckpointConfig::fields(Fields& f) {
  f.optional("every_minutes", every_minutes, "time between two saves of the training state",
             Limits{.low = 0, .high = 1e6, .low_open = true});
  f.optional("every_steps", every_steps, "steps between two saves of the training state, besides", between(1, 1e12));
  f.optional("every_epochs", every_epochs, "keep the model of every such epoch as epoch-NNN.safetensors",
             between(1, 1e6));
  f.optional("keep", keep, "of these keep the newest so many; default: all", between(1, 1e6));
}

void RuntimeConfig::fields(Fields& f) {
  f.optional("threads", threads, "threads that compute; any number gives the same bits",
             between(1, static_cast<double>(kMostThreads)));
  f.optional("winograd", winograd,
             "Winograd's method for convolutions of 3x3 and larger kernels: faster, last digits differ");
  f.optional("fuse", fuse, "join neighbouring layers into one pass: faster, last digits may differ");
}

Settings::Settings()
    : loss(entry(losses(), "cross_entropy")),
      optimizer(entry(optimizers(), "sgd")),
      lr_scheduler(entry(schedules(), "constant")) {}

void Settings::fields(Fields& f) {
  f.optional("name", name, "names the run's folder; default: the file's name");
  f.check(is_folder_name(name), "name", "name may hold letters, digits, '-', '_' and '.', and does not begin with '.'");
  f.optional("seed", seed, "of everything random", between(0, 9007199254740991.0));
  f.required("data", data, "where the samples are and how they are prepared");
  f.required(
      "model", model,
      "input: [channels, height, width] or inputs: by name; layers: a list; outputs: names, default the last layer");
  f.optional("blocks", blocks, "parts with parameters that the model's layers may name");
  f.optional("loss", loss, losses(), "what is made small: an objective of one term");
  f.optional("objective", objective, "what is made small: a sum of terms, in place of loss");
  f.optional("metrics", metrics, cnnctl::metrics(),
             "what is measured besides the loss; default: top1 of classes, and of more than five top5; mse and mae of "
             "values");
  f.optional("optimizer", optimizer, optimizers(), "how weights follow gradients");
  f.optional("lr_scheduler", lr_scheduler, schedules(), "how the learning rate changes over the training");
  f.optional("parameters", parameters,
             "how parameters are trained, by patterns over their names: the first entry that matches one holds for it");
  f.optional("train", train, "how long, and when to stop");
  f.check(data.validation > 0 || (data.format.dataset && data.format.dataset->may_validate()) ||
              !train.monitor.text.starts_with("val_"),
          "train", "train.monitor needs validation samples, and data.validation is 0");
  f.optional("checkpoint", checkpoint, "what is saved, and when");
  f.optional("runtime", runtime, "speed and memory");
}

}  // namespace cnnctl
