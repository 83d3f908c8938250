// The data is part of the run: a run goes on with the data that it began with, wherever they lie now, or not at all.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "checkpoint/data_record.hpp"
#include "checkpoint/names.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/safetensors.hpp"
#include "cli/binary.hpp"
#include "data/make_files.hpp"

namespace cnnctl::testing {
namespace {

constexpr const char* kModel = R"(
model: {input: [3, 4, 4], layers: [flatten, {linear: 2}]}
optimizer: {type: sgd, lr: 0.05}
train: {epochs: 2}
)";

std::string tile(int level) { return plain_png(4, 4, level, 255 - level, level / 2); }

/// Every file of a run but its lock, with its content.
std::map<std::string, std::string> files_of(const std::string& run) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(run))
    if (entry.is_regular_file() && entry.path().filename() != ".lock")
      files[entry.path().string()] = read_file(entry.path().string());
  return files;
}

/// A trained run over a folder of pictures, `a` and `cat`.
struct Photos {
  TemporaryFolder folder;
  explicit Photos(const std::string& data = "normalize: auto", const std::string& more = "train.epochs=2") {
    for (int i = 0; i < 10; ++i) {
      folder.write("photos/train/a/" + std::to_string(i) + ".png", tile(10 + i));
      folder.write("photos/train/cat/" + std::to_string(i) + ".png", tile(200 + i));
    }
    folder.write("photos/test/a/0.png", tile(11));
    folder.write("photos/test/cat/0.png", tile(211));
    folder.write("photos.yaml",
                 "name: photos\ndata: {format: image_folder, path: photos, validation: 0.3, batch_size: 4, " + data +
                     "}" + kModel);
    const Finished trained = call(folder, {"train", "photos.yaml", "--run-dir", "run", more});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
  }

  /// Going on is refused with this code and these words, and changes nothing.
  void refused(const std::vector<std::string>& words, int code = 4, const std::vector<std::string>& more = {}) const {
    const auto before = files_of(folder / "run");
    std::vector<std::string> arguments = {"train", "--resume", "run", "train.epochs=4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished result = call(folder, arguments);
    CHECK(result.code == code);
    for (const std::string& word : words) CHECK_MESSAGE(result.err.find(word) != std::string::npos, result.err);
    CHECK(files_of(folder / "run") == before);
  }
  void goes_on(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"train", "--resume", "run", "train.epochs=4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished result = call(folder, arguments);
    CHECK_MESSAGE(result.code == 0, result.err);
  }
  void move(const std::string& from, const std::string& to) const {
    std::filesystem::rename(folder / from, folder / to);
  }
};

void write_idx(const TemporaryFolder& folder, const std::string& to, int shift, std::size_t flipped = 9999) {
  std::string pixels, labels;
  for (int i = 0; i < 40; ++i) {
    labels += static_cast<char>(i % 2);
    for (int at = 0; at < 16; ++at) pixels += static_cast<char>(i * 5 + at * shift);
  }
  if (flipped < pixels.size()) pixels[flipped] ^= 1;
  folder.write(to + "/train-images-idx3-ubyte", idx({40, 4, 4}, pixels));
  folder.write(to + "/train-labels-idx1-ubyte", idx({40}, labels));
}

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("going on after a class folder was renamed is refused") {
    const Photos photos;
    photos.move("photos/train/cat", "photos/train/zebra");
    photos.refused({"run: error: the data are not those that the run began with:\n",
                    "class names differ: 'cat' was renamed 'zebra'\n"});
    photos.move("photos/train/zebra", "photos/train/cat");
    photos.goes_on();
  }

  TEST_CASE("going on with pictures more, fewer or called otherwise is refused, and their names are told") {
    const Photos photos;
    photos.folder.write("photos/train/a/new.png", tile(3));
    photos.folder.write("photos/train/a/newer.png", tile(3));
    photos.refused(
        {"2 samples more than when the run began (20 then, 22 now)", "2 samples are new: a/new.png, a/newer.png"});
    std::filesystem::remove(photos.folder / "photos/train/a/newer.png");
    photos.move("photos/train/a/new.png", "photos/train/a/99.png");
    photos.move("photos/train/a/5.png", "photos/five.png");
    photos.refused({"1 sample is gone: a/5.png", "1 sample is new: a/99.png"});
    std::filesystem::remove(photos.folder / "photos/train/a/99.png");
    photos.refused({"1 sample fewer than when the run began (20 then, 19 now)"});
    photos.move("photos/five.png", "photos/train/a/5.png");
    photos.goes_on();
  }

  TEST_CASE("going on with one picture of other contents is refused, whether it trains or validates") {
    for (const std::string normalize : {"normalize: auto", "normalize: none"}) {
      const Photos photos(normalize);
      for (int i = 0; i < 10; ++i) {
        const std::string name = "cat/" + std::to_string(i) + ".png", path = "photos/train/" + name;
        const std::string content = read_file(photos.folder / path);
        photos.folder.write(path, tile(100));
        photos.refused({"1 sample has other contents: " + name + "\n"});
        photos.folder.write(path, content);
      }
      photos.goes_on();
    }
  }

  TEST_CASE("what a run had not read when it was saved is known by its size") {
    Photos photos("normalize: none", "checkpoint.every_steps=1");
    const std::string state = "run/checkpoints/state.safetensors";
    const SavedRun whole = read_state(photos.folder / state);
    CHECK(std::all_of(whole.data->train.marks.begin(), whole.data->train.marks.end(),
                      [](const Mark& mark) { return mark.is_of_contents(); }));
    std::filesystem::remove_all(photos.folder / "run");
    // A damaged picture ends the first epoch in its middle, behind a saved step.
    photos.folder.write("photos/train/cat/0.png", tile(200).substr(0, 40));
    photos.folder.write("photos/train/cat/1.png", tile(200).substr(0, 40));
    Finished failed = call(
        photos.folder, {"train", "photos.yaml", "--run-dir", "run", "checkpoint.every_steps=1", "data.batch_size=1"});
    CHECK(failed.code == 4);
    const SavedRun part = read_state(photos.folder / state);
    const auto known = std::count_if(part.data->train.marks.begin(), part.data->train.marks.end(),
                                     [](const Mark& mark) { return mark.is_of_contents(); });
    CHECK(known == part.info.progress.step);
    photos.folder.write("photos/train/cat/0.png", tile(200));
    photos.refused({"has other contents: cat/0.png"});
  }

  TEST_CASE("data that moved are found by data.path, and must be the same") {
    const Photos photos;
    photos.move("photos", "elsewhere");
    photos.refused({"photos: error: there is no such folder\n  hint: data that moved are found with data.path=\n"});
    photos.folder.write("other/train/a/0.png", tile(1));
    photos.folder.write("other/train/cat/0.png", tile(1));
    photos.refused({"18 samples fewer than when the run began"}, 4, {"data.path=other"});
    photos.goes_on({"data.path=elsewhere"});
    CHECK(read_file(photos.folder / "run/config.resolved.yaml").find("elsewhere") != std::string::npos);
    CHECK(call(photos.folder, {"train", "--resume", "run", "train.epochs=5"}).code == 0);
  }

  TEST_CASE("a resolved configuration that was changed by hand is refused; what may change is told") {
    const Photos photos;
    const std::string path = photos.folder / "run/config.resolved.yaml", content = read_file(path);
    const auto with = [&](const std::string& from, const std::string& to) {
      std::string changed = content;
      REQUIRE(changed.find(from) != std::string::npos);
      photos.folder.write("run/config.resolved.yaml", changed.replace(changed.find(from), from.size(), to));
    };
    with("lr: 0.05", "lr: 0.5");
    photos.refused(
        {"config.resolved.yaml: error: optimizer.lr was 0.05 when the run was saved and is 0.5 in this file"}, 3);
    with("seed: 0", "seed: 1");
    photos.refused({"seed was 0 when the run was saved and is 1"}, 3);
    with("epochs: 2", "epochs: 3");
    const Finished more = call(photos.folder, {"train", "--resume", "run"});
    CHECK(more.code == 0);
    CHECK(more.err.find("train.epochs was 2 when the run was saved and is 3 in this file, which counts") !=
          std::string::npos);
  }

  TEST_CASE("a state from before data were kept goes on with a word about it") {
    const Photos photos;
    const std::string state = photos.folder / "run/checkpoints/state.safetensors";
    const Safetensors file = Safetensors::open(state);
    Metadata metadata = file.metadata();
    metadata.erase(std::string(kChecksumKey));
    std::vector<TensorToWrite> tensors;
    for (const TensorEntry& entry : file.tensors())
      if (!is_data_name(entry.name)) tensors.push_back(copy_of(file, entry));
    REQUIRE(tensors.size() + 3 == file.tensors().size());
    write_safetensors(state, metadata, tensors);
    photos.refused({"data.path was ", "nothing tells whether these data are the same"}, 3, {"data.path=elsewhere"});
    const Finished result = call(photos.folder, {"train", "--resume", "run", "train.epochs=4"});
    CHECK(result.code == 0);
    CHECK(result.err.find("run: saved by a cnnctl that kept no record of the data") != std::string::npos);
    CHECK(read_state(state).data.has_value());
  }

  TEST_CASE("going on with another set in the place of IDX files, or one flipped bit, is refused") {
    const TemporaryFolder folder;
    write_idx(folder, "digits", 3);
    folder.write("idx.yaml",
                 "name: idx\ndata: {format: idx, path: digits, validation: 0.2, batch_size: 8, class_names: [x, y]}\n"
                 "model: {input: [1, 4, 4], layers: [flatten, {linear: 2}]}\ntrain: {epochs: 1}\n");
    REQUIRE(call(folder, {"train", "idx.yaml", "--run-dir", "run"}).code == 0);
    const auto resume = [&] { return call(folder, {"train", "--resume", "run", "train.epochs=2"}); };
    write_idx(folder, "digits", 7);
    Finished refused = resume();
    CHECK(refused.code == 4);
    CHECK(refused.err.find("40 samples have other contents: sample 0, sample 1") != std::string::npos);
    write_idx(folder, "digits", 3, 17 * 16 + 5);
    refused = resume();
    CHECK(refused.code == 4);
    CHECK(refused.err.find("1 sample has other contents: sample 17\n") != std::string::npos);
    write_idx(folder, "digits", 3);
    CHECK(resume().code == 0);
  }

  TEST_CASE("going on after a bit of a CIFAR batch flipped is refused") {
    const TemporaryFolder folder;
    std::string batch;
    for (int i = 0; i < 20; ++i) batch += static_cast<char>(i % 10) + std::string(3072, static_cast<char>(i * 11));
    for (int i = 1; i <= 5; ++i) folder.write("cifar/data_batch_" + std::to_string(i) + ".bin", batch);
    folder.write("cifar.yaml",
                 "name: cifar\ndata: {format: cifar, path: cifar, batch_size: 10}\n"
                 "model: {input: [3, 32, 32], layers: [flatten, {linear: 10}]}\ntrain: {epochs: 1}\n");
    REQUIRE(call(folder, {"train", "cifar.yaml", "--run-dir", "run"}).code == 0);
    batch[3073 * 4 + 100] ^= 4;
    folder.write("cifar/data_batch_2.bin", batch);
    const Finished refused = call(folder, {"train", "--resume", "run", "train.epochs=2"});
    CHECK(refused.code == 4);
    CHECK(refused.err.find("1 sample has other contents: sample 24\n") != std::string::npos);
  }

  TEST_CASE("eval validates on the samples that the run held back, or says that it cannot") {
    const Photos photos;
    const auto eval = [&] { return call(photos.folder, {"eval", "run", "--split", "validation", "--format", "json"}); };
    const Finished before = eval();
    CHECK(before.code == 0);
    CHECK(before.err.empty());
    photos.folder.write("photos/train/a/new.png", tile(3));
    const Finished after = eval();
    CHECK(after.code == 0);
    CHECK(after.err.find("1 sample is new: a/new.png") != std::string::npos);
    CHECK(after.err.find("they are divided anew: samples that were trained on may validate") != std::string::npos);
  }

  TEST_CASE("eval knows classes by the names in the checkpoint") {
    const Photos photos;
    const auto eval = [&] { return call(photos.folder, {"eval", "run", "--format", "json"}); };
    const std::string before = eval().out;
    // Another class to train on would number `cat` anew.
    photos.folder.write("photos/train/bee/0.png", tile(1));
    CHECK(eval().out == before);
    std::filesystem::remove_all(photos.folder / "photos/train");
    CHECK(eval().out == before);
    // Alone it would be class 0.
    photos.move("photos/test/a", "photos/a");
    const Finished alone = call(photos.folder, {"eval", "run", "--per-class", "--format", "json"});
    REQUIRE_MESSAGE(alone.code == 0, alone.err);
    const nlohmann::json classes = nlohmann::json::parse(alone.out)["classes"];
    CHECK(classes[0] == nlohmann::json{{"class", "a"}, {"samples", 0}, {"top1", nullptr}});
    CHECK(classes[1] == nlohmann::json{{"class", "cat"}, {"samples", 1}, {"top1", 1.0}});
    photos.move("photos/test/cat", "photos/test/zebra");
    const Finished refused = eval();
    CHECK(refused.code == 4);
    CHECK(
        refused.err.find("photos/test/zebra/0.png: error: the data has a class 'zebra' that the model was not trained "
                         "on; its classes are a, cat\n") != std::string::npos);
  }
}

}  // namespace cnnctl::testing
