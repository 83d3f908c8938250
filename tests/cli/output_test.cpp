// Where results of infer go and in which form; keys of the command line that stand in a section; foreign weights.
#include <doctest/doctest.h>

#include <filesystem>

#include "base/file.hpp"
#include "cli/binary.hpp"
#include "data/make_files.hpp"

namespace cnnctl::testing {
namespace {

void train_tiny(const TemporaryFolder& folder) {
  folder.write("tiny.yaml", kTinyConfig);
  REQUIRE(call(folder, {"train", "tiny.yaml", "train.epochs=1", "--run-dir", "run"}).code == 0);
  folder.write("a.png", plain_png(8, 8, 20, 20, 20));
  folder.write("b.png", plain_png(8, 8, 200, 200, 200));
}

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("infer --output writes what --format says, or the ending; what they say differently is refused") {
    const TemporaryFolder folder;
    train_tiny(folder);
    const auto infer = [&](const std::vector<std::string>& more) {
      std::vector<std::string> words = {"infer", "run", "a.png", "b.png"};
      words.insert(words.end(), more.begin(), more.end());
      return call(folder, words);
    };
    for (const std::string format : {"csv", "json", "jsonl", "text"}) {
      const std::string printed = infer({"--format", format}).out;
      CHECK(!printed.empty());
      const std::string ending = format == "text" ? "txt" : format;
      const Finished by_ending = infer({"--output", "x." + ending});
      CHECK(by_ending.code == 0);
      CHECK(by_ending.out.empty());
      CHECK(read_file(folder / ("x." + ending)) == printed);
      CHECK(infer({"--format", format, "--output", "plain"}).code == 0);
      CHECK(read_file(folder / "plain") == printed);
    }
    CHECK(infer({"--output", "x.npy"}).code == 0);
    CHECK(read_file(folder / "x.npy").starts_with("\x93NUMPY"));

    const Finished contradiction = infer({"--format", "csv", "--output", "y.npy"});
    CHECK(contradiction.code == 2);
    CHECK(contradiction.err == "cnnctl: error: --output y.npy ends in '.npy', which is not what --format says\n");
    CHECK(infer({"--format", "csv", "--output", "y.json"}).code == 2);
    const Finished unknown = infer({"--output", "y.dat"});
    CHECK(unknown.code == 2);
    CHECK(unknown.err.starts_with("cnnctl: error: --output y.dat: say with --format what it is to be"));
    for (const char* file : {"y.npy", "y.json", "y.dat"}) CHECK_FALSE(std::filesystem::exists(folder / file));

    folder.write("bad.png", "damaged");
    const Finished partial = infer({"bad.png", "--output", "z.csv"});
    CHECK(partial.code == 4);
    CHECK_FALSE(std::filesystem::exists(folder / "z.csv"));
  }

  TEST_CASE("keys of a section are pointed to where they belong, in the file and on the command line") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const std::pair<std::string, std::string> cases[] = {{"epochs", "train.epochs"},
                                                         {"lr", "optimizer.lr"},
                                                         {"momentum", "optimizer.momentum"},
                                                         {"batch_size", "data.batch_size"},
                                                         {"learning_rate", "optimizer.lr"},
                                                         {"threads", "runtime.threads"},
                                                         {"warmup_epochs", "lr_scheduler.warmup_epochs"},
                                                         {"optimzer", "optimizer"}};
    for (const auto& [key, path] : cases) {
      const Finished refused = call(folder, {"config", "check", "tiny.yaml", key + "=2"});
      CHECK(refused.code == 3);
      CHECK_MESSAGE(refused.err == "command line:1:1: error: the configuration has no field '" + key +
                                       "' (did you mean '" + path + "'?)\n" + key + "=2\n^\n",
                    refused.err);
    }
    folder.write("top.yaml", std::string(kTinyConfig) + "epochs: 5\n");
    CHECK(
        call(folder, {"config", "check", "top.yaml"}).err ==
        "top.yaml:27:1: error: the configuration has no field 'epochs' (did you mean 'train.epochs'?)\nepochs: 5\n^\n");
  }

  TEST_CASE("an unknown word comes with the known ones, and with a guess only if one is near") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const auto complaint = [&](const std::string& loss) {
      return call(folder, {"config", "check", "tiny.yaml", "loss=" + loss}).err;
    };
    CHECK(complaint("connectionist")
              .starts_with("command line:1:6: error: unknown loss 'connectionist'; known are cross_entropy, "));
    CHECK(complaint("cros_entropy")
              .starts_with("command line:1:6: error: unknown loss 'cros_entropy' (did you mean 'cross_entropy'?); "
                           "known are cross_entropy, "));
  }

  TEST_CASE("weights that are none are named by every command that takes them") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    folder.write("model.pth", std::string("PK\x03\x04\0\0\0\0", 8));
    folder.write("a.png", plain_png(8, 8, 20, 20, 20));
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"eval", "model.pth"},
                                               {"infer", "model.pth", "a.png"},
                                               {"checkpoint", "verify", "model.pth"},
                                               {"train", "tiny.yaml", "--init-from", "model.pth"}}) {
      const Finished refused = call(folder, command);
      CHECK(refused.code == 5);
      CHECK(refused.err.find("model.pth: error: is a zip archive, as PyTorch writes (.pt, .pth); write it as ") !=
            std::string::npos);
    }
    CHECK(call(folder, {"infer", "tiny.yaml", "a.png"}).code == 5);
  }
}

}  // namespace cnnctl::testing
