// Configurations that cannot be trained with, told with a place before anything is made: batches of one value a
// channel, models without a layer, networks that no memory holds.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "cli/binary.hpp"
#include "data/make_files.hpp"
#include "patience.hpp"

namespace cnnctl::testing {
namespace {

/// 33 samples to train on: two batches of 16 and one of 1.
constexpr const char* kNorm = R"(name: norm
data: {format: synthetic, classes: 4, count: 33, test_count: 8, shape: [1, 4, 4], batch_size: 16}
model:
  input: [1, 4, 4]
  layers:
    - flatten
    - linear: {out_features: 8, bias: false}
    - batch_norm1d
    - linear: 4
train: {epochs: 2}
)";

constexpr const char* kPlace =
    "norm.yaml:8:7: error: layer 'batch_norm1d_1' (batch_norm1d): batch norm needs more than one value per channel to "
    "train, got a batch of 1";
constexpr const char* kCaret = "\n    - batch_norm1d\n      ^\n";

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("batches of one value a channel are refused at their layer, by every command that would train with them") {
    const TemporaryFolder folder;
    folder.write("norm.yaml", kNorm);
    CHECK(call(folder, {"config", "check", "norm.yaml"}).code == 0);
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"config", "check", "norm.yaml", "data.batch_size=1"},
                                               {"bench", "norm.yaml", "--batch-size", "1"},
                                               {"summary", "norm.yaml", "--batch-size", "1"},
                                               {"train", "norm.yaml", "data.batch_size=1"}}) {
      const Finished refused = call(folder, command);
      CHECK(refused.code == 3);
      CHECK(refused.err == std::string(kPlace) + kCaret);
    }
    CHECK(call(folder, {"bench", "norm.yaml", "--batch-size", "2", "--seconds", "0"}).code == 0);
  }

  TEST_CASE("a schedule that the training never comes to is refused, before anything is made") {
    const TemporaryFolder folder;
    folder.write("norm.yaml", kNorm);
    for (const std::string command : {"train", "config check"}) {
      std::vector<std::string> words = {"norm.yaml", "data.drop_last=true",
                                        "lr_scheduler={type: multistep, milestones: [1, 2]}"};
      std::istringstream first(command);
      std::vector<std::string> all{std::istream_iterator<std::string>(first), {}};
      all.insert(all.end(), words.begin(), words.end());
      const Finished refused = call(folder, all);
      CHECK(refused.code == 3);
      CHECK(refused.err.find(
                "the milestone 2 lies beyond the training of 2 epochs (from 0): the rate never drops there; "
                "leave it out (lr_scheduler=constant for a short trial) or train for longer") != std::string::npos);
    }
    CHECK_FALSE(std::filesystem::exists(folder / "runs"));
  }

  TEST_CASE("a last batch of one is refused before training begins, and data.drop_last leaves it out") {
    const TemporaryFolder folder;
    folder.write("norm.yaml", kNorm);
    const Finished refused = call(folder, {"train", "norm.yaml"});
    CHECK(refused.code == 3);
    CHECK(refused.err == std::string(kPlace) +
                             "; of 33 samples to train on 1 is left for the last batch of an epoch: "
                             "data.drop_last=true leaves it out, and with another data.batch_size it is larger" +
                             kCaret);
    CHECK_FALSE(std::filesystem::exists(folder / "runs"));
    const Finished trained = call(folder, {"train", "norm.yaml", "data.drop_last=true", "--run-dir", "run"});
    CHECK(trained.code == 0);
    CHECK(trained.err.find("2 epochs of 2 steps") != std::string::npos);
    CHECK(call(folder, {"train", "norm.yaml", "data.batch_size=10"}).code == 0);  // three are left
    const Finished none = call(folder, {"train", "norm.yaml", "data.drop_last=true", "data.batch_size=34"});
    CHECK(none.code == 3);
    CHECK(none.err ==
          "norm.yaml: error: data.drop_last leaves no batch: 33 samples to train on, data.batch_size is 34\n");
  }

  TEST_CASE("a run whose last batches are dropped goes on as if never interrupted") {
    const TemporaryFolder folder;
    folder.write("norm.yaml", kNorm);
    const std::vector<std::string> drop = {"train", "norm.yaml", "data.drop_last=true", "--run-dir"};
    const auto with = [&](const std::string& dir, const std::string& epochs) {
      std::vector<std::string> words = drop;
      words.insert(words.end(), {dir, "train.epochs=" + epochs});
      return call(folder, words);
    };
    REQUIRE(with("whole", "4").code == 0);
    REQUIRE(with("parts", "2").code == 0);
    REQUIRE(call(folder, {"train", "--resume", "parts", "train.epochs=4"}).code == 0);
    CHECK(call(folder, {"checkpoint", "diff", "whole/checkpoints/last.safetensors",
                        "parts/checkpoints/last.safetensors", "--require-equal"})
              .code == 0);
    CHECK(call(folder, {"train", "--resume", "parts", "train.epochs=5", "data.drop_last=false"}).code == 3);
  }

  TEST_CASE("a model of nothing has a place") {
    const TemporaryFolder folder;
    folder.write("empty.yaml", "data: {format: synthetic}\nmodel:\n");
    const Finished empty = call(folder, {"config", "check", "empty.yaml"});
    CHECK(empty.code == 3);
    CHECK(empty.err == "empty.yaml:2:1: error: model must be a map with input and layers, got nothing\nmodel:\n^\n");
    folder.write("off.yaml",
                 "data: {format: synthetic}\nblocks: {b: {params: {on: true}, layers: [relu: {when: $on}]}}\n"
                 "model: {input: [4], layers: [b: {on: false}]}\n");
    const Finished off = call(folder, {"train", "off.yaml"});
    CHECK(off.code == 3);
    CHECK(off.err.starts_with(
        "off.yaml:3:29: error: no layer is left: `when: false` takes out all that model.layers names\n"));
    folder.write("no.yaml", "name: x\n");
    const Finished missing = call(folder, {"config", "check", "no.yaml"});
    CHECK(missing.code == 3);
    CHECK(missing.err.starts_with("no.yaml:1:1: error: the configuration needs 'data': "));
    CHECK(missing.err.find("\nname: x\n^\nno.yaml:1:1: error: the configuration needs 'model': ") != std::string::npos);
    folder.write("bytes.yaml", "name: x\ndata: {format: \"a\xff\"}\n");
    CHECK(call(folder, {"config", "check", "bytes.yaml"}).err ==
          "bytes.yaml:2:18: error: byte 25 (0xff) is not UTF-8\ndata: {format: \"a?\"}\n                 ^\n");
  }

  TEST_CASE("what the command line made wrong is shown as the command line has it") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const Finished window = call(folder, {"config", "check", "tiny.yaml", "model.conv.kernel_size=100"});
    CHECK(window.code == 3);
    CHECK(window.err.starts_with("command line:1:24: error: layer 'conv' (conv2d): window 100x100 does not fit "));
    CHECK(window.err.ends_with("\nmodel.conv.kernel_size=100\n                       ^\n"));
    const Finished rate = call(folder, {"config", "check", "tiny.yaml", "optimizer.lr=abc"});
    CHECK(rate.err ==
          "command line:1:14: error: sgd.lr must be a number, got 'abc'\noptimizer.lr=abc\n             ^\n");
  }

  TEST_CASE("what no memory holds is refused before a sample is made or read") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    // Ten million pictures of 64 values would take a minute to make.
    const auto begin = std::chrono::steady_clock::now();
    const Finished huge =
        call(folder, {"train", "tiny.yaml", "model.fc.out_features=4", "model.conv.out_channels=8388608",
                      "data.count=10000000", "data.batch_size=1048576"});
    CHECK(huge.code == 7);
    CHECK(huge.err.find("memory") != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5 * kPatience));
    CHECK_FALSE(std::filesystem::exists(folder / "runs"));
    CHECK(call(folder, {"config", "check", "tiny.yaml", "model.conv.out_channels=8388608"}).code == 0);

    // Of a folder of pictures none is decoded: the second one, which is damaged, would be told of.
    folder.write("photos/train/a/1.png", plain_png(8, 8, 1, 2, 3));
    folder.write("photos/train/b/2.png", "damaged");
    const std::string photos = "data={format: image_folder, path: " + (folder / "photos") + ", channels: 1}";
    const Finished many = call(
        folder, {"train", "tiny.yaml", "--set", photos, "model.conv.out_channels=8388608", "model.fc.out_features=2"});
    CHECK(many.code == 7);
  }
}

}  // namespace cnnctl::testing
