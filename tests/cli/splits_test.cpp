// What trains, what validates and what is tested on, of a folder of pictures.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/binary.hpp"
#include "data/make_files.hpp"

namespace cnnctl::testing {
namespace {

struct Folder {
  TemporaryFolder folder;

  /// `count` pictures of each of two classes.
  void fill(const std::string& split, int count) const {
    for (int i = 0; i < count; ++i) {
      folder.write("d/" + split + "/a/" + std::to_string(i) + ".png", plain_png(4, 4, 10 + i, 90, 5));
      folder.write("d/" + split + "/b/" + std::to_string(i) + ".png", plain_png(4, 4, 200 + i, 20, 5));
    }
  }
  Finished train(const std::vector<std::string>& more = {}) const {
    folder.write("d.yaml",
                 "name: d\ndata: {format: image_folder, path: d, batch_size: 4}\n"
                 "model: {input: [3, 4, 4], layers: [flatten, {linear: 2}]}\n"
                 "optimizer: {type: sgd, lr: 0.05}\ntrain: {epochs: 2}\n");
    std::filesystem::remove_all(folder / "run");
    std::vector<std::string> arguments = {"train", "d.yaml", "--run-dir", "run", "--progress", "plain"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return call(folder, arguments);
  }
  nlohmann::json eval(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"eval", "run", "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished result = call(folder, arguments);
    REQUIRE_MESSAGE(result.code == 0, result.err);
    return nlohmann::json::parse(result.out);
  }
};

bool has(const Finished& result, const std::string& words) { return result.err.find(words) != std::string::npos; }

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("a folder to validate on validates, under any of its names; eval takes test/, or else that one") {
    for (const std::string name : {"val", "valid", "validation", "dev"}) {
      const Folder f;
      f.fill("train", 6);
      f.fill(name, 3);
      const Finished trained = f.train({"train.monitor=val_loss"});
      REQUIRE_MESSAGE(trained.code == 0, trained.err);
      CHECK(has(trained, "data    12 train, 6 validation; 2 classes"));
      CHECK(has(trained, "(val_loss "));
      const nlohmann::json measured = f.eval();
      CHECK(measured["split"] == "validation");
      CHECK(measured["samples"] == 6);
      const std::string events = read_file(f.folder / "run/events.jsonl");
      CHECK(events.find("\"val_loss\":" + measured["loss"].dump()) != std::string::npos);
      f.fill("test", 2);
      CHECK(f.eval()["split"] == "test");
      CHECK(f.eval()["samples"] == 4);
      CHECK(f.eval({"--split", "validation"})["samples"] == 6);
    }
  }

  TEST_CASE("a run goes on with the validation split that it began with") {
    const Folder f;
    f.fill("train", 6);
    f.fill("val", 3);
    REQUIRE(f.train().code == 0);
    const auto resume = [&] { return call(f.folder, {"train", "--resume", "run", "train.epochs=3"}); };
    const std::string kept = read_file(f.folder / "d/val/b/1.png");
    f.folder.write("d/val/b/1.png", plain_png(4, 4, 1, 2, 3));
    Finished refused = resume();
    CHECK(refused.code == 4);
    CHECK(has(refused, "in the validation split: 1 sample has other contents: b/1.png"));
    f.folder.write("d/val/b/1.png", kept);
    std::filesystem::rename(f.folder / "d/val", f.folder / "kept");
    refused = resume();
    CHECK(refused.code == 4);
    CHECK(has(refused, "their validation split is gone"));
    std::filesystem::rename(f.folder / "kept", f.folder / "d/val");
    CHECK(resume().code == 0);
  }

  TEST_CASE("a validation split that came after a run began changes nothing about it") {
    const Folder f;
    f.fill("train", 6);
    REQUIRE(f.train().code == 0);
    f.fill("val", 3);
    for (const std::string epochs : {"3", "4"}) {
      const Finished more =
          call(f.folder, {"train", "--resume", "run", "train.epochs=" + epochs, "--progress", "plain"});
      CHECK_MESSAGE(more.code == 0, more.err);
      CHECK(has(more, "data    12 train, nothing held back for validation"));
    }
  }

  TEST_CASE("what validates is said once: two folders, or a folder and a share, are an error") {
    const Folder f;
    f.fill("train", 6);
    f.fill("val", 3);
    const Finished share = f.train({"data.validation=0.5"});
    CHECK(share.code == 3);
    CHECK(has(share, "data.validation = 0.5 would hold back training samples, but the data has a validation split"));
    CHECK_FALSE(std::filesystem::exists(f.folder / "run"));
    f.fill("dev", 2);
    const Finished two = f.train();
    CHECK(two.code == 4);
    CHECK(has(two, "d: error: has several folders to validate on: val, dev; say which is meant with val: val"));
    const Finished chosen = f.train({"data.val=dev"});
    CHECK(has(chosen, "12 train, 4 validation"));
  }

  TEST_CASE("that nothing validates is said") {
    const Folder f;
    f.fill("train", 6);
    const Finished trained = f.train();
    CHECK(trained.code == 0);
    CHECK(has(trained, "data    12 train, nothing held back for validation; 2 classes"));
    const Finished monitored = f.train({"train.monitor=val_loss"});
    CHECK(monitored.code == 3);
    CHECK(has(monitored, "train.monitor = val_loss needs validation samples"));
    const Finished eval = call(f.folder, {"eval", "run"});
    CHECK(eval.code != 0);
  }

  TEST_CASE("classes that nothing can be learnt about are told") {
    const Folder f;
    f.fill("train", 6);
    CHECK_FALSE(has(f.train(), "warning"));
    std::filesystem::remove_all(f.folder / "d/train/b");
    const Finished one = f.train({"model.layers.1.linear.out_features=1"});
    CHECK_MESSAGE(has(one, "warning: the data has one class only, 'a': there is nothing to tell it from"), one.err);
    const TemporaryFolder idx_folder;
    idx_folder.write("x/train-images-idx3-ubyte", idx({3, 1, 1}, "abc"));
    idx_folder.write("x/train-labels-idx1-ubyte", idx({3}, std::string("\0\2\0", 3)));
    idx_folder.write("x.yaml",
                     "data: {format: idx, path: x, class_names: [p, q, r, s]}\n"
                     "model: {input: [1, 1, 1], layers: [flatten, {linear: 4}]}\ntrain: {epochs: 1}\n");
    const Finished gaps = call(idx_folder, {"train", "x.yaml", "--run-dir", "run"});
    CHECK(gaps.code == 0);
    CHECK(has(gaps, "warning: no sample to train on is of class 'q', 's'"));
  }

  TEST_CASE("class folders alone are a set to train on") {
    const Folder f;
    f.fill(".", 6);
    const Finished trained = f.train({"data.validation=0.5"});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
    CHECK(has(trained, "data    6 train, 6 validation; 2 classes"));
    CHECK(f.eval()["split"] == "validation");
    f.fill("deep/train", 2);
    const Finished one_too_high = f.train();
    CHECK(one_too_high.code == 4);
    CHECK(has(one_too_high, "d: error: has no folder 'train', but deep/ in it has: is path "));
  }
}

}  // namespace cnnctl::testing
