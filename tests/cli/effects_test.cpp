// Overrides that change nothing are refused: the law over all keys of a configuration.
#include "cli/effects.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "base/message.hpp"
#include "cli/binary.hpp"
#include "cli/evaluation.hpp"
#include "data/make_files.hpp"
#include "experiment/experiment.hpp"

namespace cnnctl::testing {
namespace {

using cli::Uses;

/// Every key of a configuration: sections, and what stands in them by name.
std::set<std::string> all_keys() {
  Settings settings;
  DataConfig data;
  std::set<std::string> keys;
  for (const FieldDoc& section : document_fields(settings)) {
    const bool is_list = section.type.starts_with("list");
    if (section.nested.empty() || is_list) keys.insert(section.name);
    if (section.name == "data" || is_list) continue;
    for (const FieldDoc& field : section.nested) keys.insert(section.name + "." + field.name);
  }
  for (const FieldDoc& field : document_fields(data)) keys.insert("data." + field.name);
  return keys;
}

std::set<std::string> used_by(Uses command) {
  std::set<std::string> used;
  for (const std::string& key : all_keys())
    if (cli::has_effect(command, key)) used.insert(key);
  return used;
}

/// A run on pictures that are not square, 6x4 scaled to 4x4, and what eval finds with an override.
struct Evaluated {
  TemporaryFolder folder;

  Evaluated() {
    for (int i = 0; i < 12; ++i)
      for (const std::string name : {"a", "b"}) {
        std::string rows;
        for (int y = 0; y < 6; ++y) {
          rows += '\0';
          for (int x = 0; x < 12; ++x) rows += static_cast<char>((name == "a" ? 37 * x + i : 11 * y * x + 5 * i) % 251);
        }
        folder.write("d/" + name + "/" + std::to_string(i) + ".png", png({.width = 4, .height = 6}, rows));
      }
    folder.write("d.yaml",
                 "data: {format: image_folder, path: d, batch_size: 4, validation: 0.25}\n"
                 "model: {input: [3, 4, 4], layers: [flatten, {linear: 6}, relu, {linear: 2}]}\ntrain: {epochs: 2}\n");
    const Finished trained = call(folder, {"train", "d.yaml", "--run-dir", "run", "--progress", "none"});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
    std::filesystem::remove(folder / "run/checkpoints/state.safetensors");  // that would say how they are divided
  }
  /// Not asking whether the override has an effect.
  std::string with(const std::vector<std::string>& overrides) const {
    try {
      cli::EvaluationRequest request;
      request.split = "validation";
      const cli::Evaluation found = evaluate(cli::open_trained(folder / "run", overrides), request);
      std::string text = std::to_string(found.results.samples);
      for (const Number& number : found.results.numbers) text += " " + number.name + " " + std::to_string(number.value);
      return text;
    } catch (const Error& error) {
      return error.what();
    }
  }
};

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE_FIXTURE(Evaluated, "eval: what it takes changes its result, what it refuses would not") {
    const std::string plain = with({});
    CHECK(plain.starts_with("6 loss "));
    const std::vector<std::string> changes = {"seed=9",
                                              "data.validation=0.5",
                                              "data.format=idx",
                                              "data.size=9",
                                              "data.fit=cover",
                                              "data.keep_clean=true",
                                              "model.layers.relu=sigmoid",
                                              "metrics=[f1]",
                                              "loss={type: cross_entropy, label_smoothing: 0.1}",
                                              "objective=[{loss: cross_entropy, weight: 2}]"};
    const std::set<std::string> silent = {"blocks",          "data.cache",       "data.batch_size",
                                          "runtime.threads", "runtime.winograd", "runtime.fuse"};  // in time alone
    const std::vector<std::string> idle = {"name=other",
                                           "data.normalize={mean: [0.1, 0.2, 0.3], std: [1, 1, 1]}",
                                           "data.augment=[horizontal_flip]",
                                           "data.drop_last=true",
                                           "optimizer={type: adam, lr: 1}",
                                           "lr_scheduler={type: cosine, warmup_epochs: 1}",
                                           "parameters=[{match: \"linear_1.*\", train: false}]",
                                           "train.epochs=7",
                                           "train.accumulate=2",
                                           "train.ema=0.9",
                                           "train.swa=1",
                                           "train.clip_grad_norm=0.1",
                                           "train.clip_grad_value=0.1",
                                           "train.on_nan=rollback",
                                           "train.rollbacks=2",
                                           "train.rollback_factor=0.25",
                                           "train.monitor=train_loss",
                                           "train.early_stopping=3",
                                           "train.init_from=none.safetensors",
                                           "checkpoint.every_steps=1",
                                           "checkpoint.every_epochs=1",
                                           "checkpoint.keep=1",
                                           "checkpoint.every_minutes=1"};
    std::set<std::string> known = silent;
    const auto key_of = [](const std::string& text) {
      const std::string path = text.substr(0, text.find('='));
      return path.starts_with("model.") ? std::string("model") : path;
    };
    for (const std::string& text : changes) {
      CHECK_MESSAGE(with({text}) != plain, text);
      CHECK_NOTHROW(require_effect(Uses::eval, {text}));
      known.insert(key_of(text));
    }
    for (const std::string& text : idle) {
      CHECK_MESSAGE(with({text}) == plain, text);
      CHECK_THROWS_AS(require_effect(Uses::eval, {text}), UsageError);
      CHECK(known.insert(key_of(text)).second);
    }
    for (const std::string& key : silent) CHECK(cli::has_effect(Uses::eval, key));
    CHECK(known == all_keys());  // a new key belongs into one of the three lists
    const Finished refused = call(folder, {"eval", "run", "train.init_from=x.safetensors"});
    CHECK(refused.code == 2);
    CHECK(refused.err ==
          "cnnctl: error: train.init_from has no effect in eval: only training uses it, or the checkpoint keeps it\n");
  }

  TEST_CASE("every other command: the keys that it uses") {
    const std::set<std::string> network = {"model", "blocks", "runtime.threads", "runtime.winograd", "runtime.fuse"};
    const auto with = [](std::set<std::string> keys, const std::vector<std::string>& more) {
      keys.insert(more.begin(), more.end());
      return keys;
    };
    const std::vector<std::string> samples = {"seed",     "data.validation", "data.format",    "data.size",
                                              "data.fit", "data.cache",      "data.normalize", "data.augment"};
    CHECK(used_by(Uses::infer) == network);
    CHECK(used_by(Uses::infer_weights) == with(network, samples));
    CHECK(used_by(Uses::eval_weights) ==
          with(with(network, samples), {"loss", "objective", "metrics", "data.batch_size", "data.keep_clean"}));
    const std::set<std::string> training =
        with(network, {"name", "optimizer", "parameters", "train.clip_grad_norm", "train.clip_grad_value",
                       "data.batch_size", "data.format", "data.size", "data.augment", "objective"});
    CHECK(used_by(Uses::bench) == with(training, {"seed", "loss"}));
    CHECK(used_by(Uses::summary) == with(training, {"data.validation", "train.accumulate", "train.ema", "train.swa"}));
  }

  TEST_CASE("summary: what it takes changes what it shows") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const auto shown = [&](const std::vector<std::string>& more) {
      std::vector<std::string> words = {"summary", "tiny.yaml", "--format", "json"};
      words.insert(words.end(), more.begin(), more.end());
      const Finished result = call(folder, words);
      return result.code == 0 ? result.out : result.err;
    };
    const std::string plain = shown({});
    for (const std::string text :
         {"name=x", "optimizer=adam", "data.batch_size=512", "data.shape=[1, 4, 4]", "data.count=90000",
          "model.layers.fc.bias=false", "parameters=[{match: \"fc.*\", train: false}]", "train.clip_grad_norm=1",
          "runtime.threads=7", "train.accumulate=2", "train.ema=0.9", "train.swa=1"})
      CHECK_MESSAGE(shown({text}) != plain, text);
    for (const std::string text : {"train.epochs=9", "metrics=[f1]", "loss=mse", "seed=1", "checkpoint.keep=2"})
      CHECK_MESSAGE(
          shown({text}).find(" has no effect in summary: it changes neither layers nor memory") != std::string::npos,
          text);
  }

  TEST_CASE("parts of a key, whole sections, and what is no key") {
    CHECK(cli::has_effect(Uses::bench, "train"));  // of which it uses a part
    CHECK(cli::has_effect(Uses::bench, "train.clip_grad_norm"));
    CHECK_FALSE(cli::has_effect(Uses::bench, "train.epochs"));
    CHECK_FALSE(cli::has_effect(Uses::eval, "data.normalize.mean"));
    CHECK_FALSE(cli::has_effect(Uses::eval, "optimizer.lr"));
    CHECK(cli::has_effect(Uses::eval, "data"));
    CHECK(cli::has_effect(Uses::eval, "data.path"));
    CHECK_FALSE(cli::has_effect(Uses::infer, "data.path"));
    for (const Uses command : {Uses::eval, Uses::bench, Uses::summary}) {
      CHECK(cli::has_effect(command, "epochs"));  // told with the key that was meant
      CHECK(cli::has_effect(command, "data.batch_sise"));
    }
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const Finished bench = call(folder, {"bench", "tiny.yaml", "data.fit=cover"});
    CHECK(bench.code == 2);
    CHECK(bench.err == "cnnctl: error: data.fit has no effect in bench: it measures steps on made-up data\n");
  }
}

}  // namespace cnnctl::testing
