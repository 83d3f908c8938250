// eval of several runs, eval and infer with weights from elsewhere, folders that infer descends into.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/binary.hpp"
#include "data/make_files.hpp"

namespace cnnctl::testing {
namespace {

using nlohmann::json;

/// Runs "one" and "two" of tiny.yaml.
struct TwoRuns {
  TemporaryFolder folder;

  TwoRuns() {
    folder.write("tiny.yaml", kTinyConfig);
    for (const std::string name : {"one", "two"}) {
      const Finished trained = call(folder, {"train", "tiny.yaml", "seed=" + std::to_string(name.size() + name[0]),
                                             "--run-dir", name, "--progress", "none"});
      REQUIRE_MESSAGE(trained.code == 0, trained.err);
    }
  }
  json eval(std::vector<std::string> words) const {
    words.insert(words.begin(), "eval");
    words.insert(words.end(), {"--format", "json"});
    return json::parse(call(folder, words).out);
  }
};

void check_width(const std::string& text) {
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    CHECK_MESSAGE(end - begin <= 80, text.substr(begin, end - begin));
}

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE_FIXTURE(TwoRuns, "eval: several runs are a table, or a list of what each would give alone") {
    const json all = eval({"one", "two", "data.test_count=40"});
    CHECK(all["schema"] == "cnnctl.eval/1");
    REQUIRE(all["runs"].size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string name = i == 0 ? "one" : "two";
      json run = all["runs"][i], alone = eval({name, "--set", "data.test_count=40"});
      CHECK(run["run"] == name);
      CHECK(run["samples"] == 40);
      run.erase("run");
      alone.erase("schema");
      CHECK(run == alone);
    }
    const Finished table = call(folder, {"eval", "one", "two"});
    CHECK(table.code == 0);
    CHECK_MESSAGE(table.out.starts_with("run  epoch "), table.out);
    CHECK(std::count(table.out.begin(), table.out.end(), '\n') == 3);
    CHECK(table.out.find("\ntwo ") != std::string::npos);
    CHECK(call(folder, {"eval", "one", "two", "--per-class"}).out.find("\ntwo\nclass ") != std::string::npos);
  }

  TEST_CASE_FIXTURE(TwoRuns,
                    "eval: of several runs one that fails is told, the others are done, its exit code is the end") {
    const std::string damaged = read_file(folder / "two/checkpoints/best.safetensors");
    folder.write("damaged.safetensors", std::string_view(damaged).substr(0, damaged.size() - 5));
    const Finished table = call(folder, {"eval", "damaged.safetensors", "one", "nowhere"});
    CHECK(table.code == 5);
    CHECK(table.err.find("damaged.safetensors: error: ") != std::string::npos);
    CHECK(table.err.find("nowhere: error: no such file or folder") != std::string::npos);
    CHECK(table.out.find("\none ") != std::string::npos);
    CHECK(table.out.find("\nnowhere ") != std::string::npos);
    const json all = eval({"one", "nowhere"});
    CHECK(all["runs"][0]["loss"] > 0);
    CHECK(all["runs"][1] ==
          json({{"run", "nowhere"}, {"error", "nowhere: error: no such file or folder"}, {"exit_code", 5}}));
  }

  TEST_CASE_FIXTURE(TwoRuns, "eval: the table stays within 80 columns, however long names and many metrics are") {
    const std::string deep = std::string(90, 'x') + "/run";
    std::filesystem::create_directories(folder / std::string(90, 'x'));
    std::filesystem::rename(folder / "two", folder / deep);
    const Finished table = call(
        folder, {"eval", "one", deep, "metrics=[top1, top5, f1, precision, recall, {top_k: {k: 2}}, {top_k: {k: 3}}]"});
    check_width(table.out);
    const Finished few = call(folder, {"eval", "one", deep});
    CHECK(few.code == 0);
    check_width(few.out);
    CHECK(few.out.find("\n..xxx") != std::string::npos);
  }

  TEST_CASE_FIXTURE(TwoRuns, "eval and infer: a configuration with weights that no run of ours keeps") {
    std::string plain = read_file(folder / "one/checkpoints/best.safetensors");
    for (std::size_t at;
         (at = plain.find("\"cnnctl.")) != std::string::npos;)  // as if another program had written them
      plain.replace(at + 1, 6, "others");
    folder.write("w.safetensors", plain);
    REQUIRE(call(folder, {"checkpoint", "inspect", "w.safetensors", "--config"}).code == 5);
    const Finished text = call(folder, {"eval", "tiny.yaml", "--weights", "w.safetensors", "seed=114"});
    REQUIRE_MESSAGE(text.code == 0, text.err);
    CHECK(text.out.starts_with("weights     w.safetensors\nsplit       test, 80 samples\n"));
    CHECK(
        text.err.find("w.safetensors: keeps no mean and deviation of pixels: measured on 180 samples to train on\n") !=
        std::string::npos);
    const json own = eval({"one"}), foreign = eval({"tiny.yaml", "--weights", "w.safetensors", "seed=114"});
    CHECK(foreign["loss"] == own["loss"]);
    CHECK_FALSE(foreign.contains("epoch"));
    folder.write("a.bmp", bmp(8, 8, std::string(192, '\x51')));
    const auto answer = [](const Finished& f) { return f.out.substr(f.out.find("\"results\"")); };
    const Finished one = call(folder, {"infer", "one", "a.bmp", "--format", "json"});
    const Finished two = call(
        folder, {"infer", "tiny.yaml", "--weights", "w.safetensors", "a.bmp", "--set", "seed=114", "--format", "json"});
    CHECK_MESSAGE(two.code == 0, two.err);
    CHECK(answer(one) == answer(two));
    const Finished missing =
        call(folder, {"eval", "tiny.yaml", "--weights", "w.safetensors", "model.layers.fc.name=other"});
    CHECK(missing.code == 5);
    CHECK(missing.err.find("missing in the file: other.weight, other.bias") != std::string::npos);
    const Finished two_configs = call(folder, {"eval", "tiny.yaml", "tiny.yaml", "--weights", "w.safetensors"});
    CHECK(two_configs.code == 2);
    CHECK(call(folder, {"eval", "tiny.yaml"}).err.find("eval and infer take one with --weights") != std::string::npos);
  }

  TEST_CASE_FIXTURE(TwoRuns, "weights for pictures without samples to train on: the normalisation must be said") {
    for (const int i : {1, 2})
      folder.write("d/test/" + std::string(i == 1 ? "a" : "b") + "/1.png", plain_png(4, 4, 90 * i, 7, 7));
    folder.write("d.yaml",
                 "data: {format: image_folder, path: d}\nmodel: {input: [3, 4, 4], layers: [flatten, {linear: 2}]}\n");
    folder.write("s.yaml",
                 "data: {format: synthetic, shape: [3, 4, 4], classes: 2, count: 20}\n"
                 "model: {layers: [flatten, {linear: 2}]}\ntrain: {epochs: 1}\n");
    REQUIRE(call(folder, {"train", "s.yaml", "--run-dir", "s"}).code == 0);
    const Finished silent = call(folder, {"eval", "d.yaml", "--weights", "s"});
    CHECK(silent.code == 3);
    CHECK(silent.err.find("data.normalize is auto, and there are no samples to train on to measure it") !=
          std::string::npos);
    const Finished said = call(folder, {"eval", "d.yaml", "--weights", "s", "data.normalize=none", "--per-class"});
    CHECK_MESSAGE(said.code == 0, said.err);
    CHECK(said.out.find("\nb ") != std::string::npos);
    CHECK(call(folder, {"infer", "d.yaml", "--weights", "s", "d", "--set", "data.normalize=none"}).code == 0);
  }

  TEST_CASE_FIXTURE(TwoRuns, "eval: a class without samples has no accuracy") {
    const json shown = eval({"one", "data.test_count=2", "--per-class"});
    CHECK(shown["classes"][3] == json({{"class", "3"}, {"samples", 0}, {"top1", nullptr}}));
    const Finished text = call(folder, {"eval", "one", "data.test_count=2", "--per-class"});
    CHECK(text.out.find("\n3                                      0           -\n") != std::string::npos);
  }

  TEST_CASE_FIXTURE(TwoRuns, "infer: folders are descended into as training does") {
    const std::string picture = bmp(8, 8, std::string(192, '\x51'));
    for (const char* const name : {"p/10.bmp", "p/9.bmp", "p/deep/er/1.bmp", "p/.hidden/1.bmp", "p/.2.bmp"})
      folder.write(name, picture);
    folder.write("p/no ending", plain_png(8, 8, 1, 2, 3));
    folder.write("p/notes.txt", "none");
    const Finished result = call(folder, {"infer", "one", "p/", "--format", "csv", "--top-k", "1"});
    REQUIRE_MESSAGE(result.code == 0, result.err);
    std::string files;
    for (std::size_t at = 0; (at = result.out.find("\np/", at)) != std::string::npos; ++at)
      files += result.out.substr(at + 1, result.out.find(',', at) - at - 1) + " ";
    CHECK(files == "p/9.bmp p/10.bmp p/deep/er/1.bmp p/no ending ");
    CHECK(result.err == "p/: left out: 2 hidden files, 1 other file\n");
    std::filesystem::create_directory_symlink(folder / "p", folder / "p/deep/again");
    const Finished loop = call(folder, {"infer", "one", "p"});
    CHECK(loop.code == 4);
    CHECK(loop.err.find("lies more than 16 folders deep") != std::string::npos);
    std::filesystem::create_directory(folder / "empty");
    const Finished none = call(folder, {"infer", "one", "empty"});
    CHECK(none.code == 4);
    CHECK(none.err == "empty: error: holds no JPEG, PNG or BMP pictures\n");
  }
}

}  // namespace cnnctl::testing
