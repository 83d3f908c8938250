// Command lines that cannot be obeyed, and files that cannot be used: the exact text and exit code.
#include <doctest/doctest.h>

#include "cli/binary.hpp"
#include "paths.hpp"

TEST_SUITE("cli") {
  using namespace cnnctl::testing;

  TEST_CASE("without arguments the program shows examples and every command") {
    const TemporaryFolder folder;
    const Finished help = call(folder, {});
    CHECK(help.code == 0);
    CHECK(
        help.out.starts_with("cnnctl trains convolutional neural networks from one YAML file, on CPUs.\n\nExamples:"));
    for (const char* command : {"train", "eval", "infer", "summary", "bench", "checkpoint", "config", "layers",
                                "losses", "optimizers", "schedules", "datasets", "transforms", "version"})
      CHECK_MESSAGE(help.out.find(std::string("\n  ") + command + " ") != std::string::npos, command);
    CHECK(help.err.empty());
  }

  TEST_CASE("every command has help, with exit code 0 and on stdout") {
    const TemporaryFolder folder;
    for (const char* command : {"train", "eval", "infer", "summary", "bench", "checkpoint", "config", "layers"}) {
      const Finished help = call(folder, {command, "--help"});
      CHECK_MESSAGE(help.code == 0, command);
      CHECK_MESSAGE(help.out.find("Usage: cnnctl") != std::string::npos, command);
    }
  }

  TEST_CASE("help keeps to 80 columns, and `help NAME` is `NAME --help`") {
    const TemporaryFolder folder;
    std::vector<std::vector<std::string>> pages = {{}, {"config", "check"}, {"checkpoint", "diff"}};
    for (const char* command : {"train", "eval", "infer", "summary", "bench", "checkpoint", "config", "layers"})
      pages.push_back({command});
    for (const std::vector<std::string>& page : pages) {
      std::vector<std::string> asked = page, topic = {"help"};
      asked.push_back("--help");
      topic.insert(topic.end(), page.begin(), page.end());
      const std::string text = call(folder, asked).out;
      CHECK(call(folder, topic).out == text);
      for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        CHECK_MESSAGE(end - begin <= 80, text.substr(begin, end - begin));
        begin = end + 1;
      }
    }
    CHECK(call(folder, {"help", "trian"}).err ==
          "cnnctl: error: unknown command 'trian' (did you mean 'train'?) (see cnnctl --help)\n");
  }

  TEST_CASE("an option's help stands beside it") {
    const TemporaryFolder folder;
    const std::string text = call(folder, {"checkpoint", "diff", "-h"}).out;
    CHECK(text ==
          "Compare two files tensor by tensor\n\n"
          "Usage: cnnctl checkpoint diff [OPTIONS] FILE FILE\n\n"
          "Arguments:\n"
          "  FILE                    checkpoint, run folder or any safetensors file\n"
          "  FILE                    the other file\n\n"
          "Options:\n"
          "  -h, --help              print this\n"
          "  --format text|json      how results are printed; default: text\n"
          "  --require-equal         exit with 11 unless all bits are the same\n");
  }

  TEST_CASE("the version is one line") {
    const TemporaryFolder folder;
    const Finished version = call(folder, {"--version"});
    CHECK(version.code == 0);
    CHECK(version.out.starts_with("cnnctl "));
    CHECK(version.out.find('\n') == version.out.size() - 1);
    CHECK(call(folder, {"-V"}).out == version.out);
  }

  TEST_CASE("slips of the pen name the nearest word") {
    const TemporaryFolder folder;
    struct Case {
      std::vector<std::string> arguments;
      const char* message;
    };
    const Case cases[] = {
        {{"trian", "x.yaml"}, "cnnctl: error: unknown command 'trian' (did you mean 'train'?) (see cnnctl --help)\n"},
        {{"train", "x.yaml", "--thread", "2"},
         "cnnctl: error: unknown option '--thread' (did you mean '--threads'?) (see cnnctl train --help)\n"},
        {{"train"}, "cnnctl: error: train needs a configuration file, or --resume DIR (see cnnctl train --help)\n"},
        {{"train", "x.yaml", "what"},
         "cnnctl: error: unexpected argument 'what' (overrides look like optimizer.lr=0.01)\n"},
        {{"train", "x.yaml", "--threads", "0"},
         "cnnctl: error: --threads: '0' is not a whole number from 1 to 1024 (see cnnctl train --help)\n"},
        {{"train", "x.yaml", "--progress", "loud"},
         "cnnctl: error: --progress: 'loud' is none of auto|bar|plain|none\n"},
        {{"eval", "x", "--split", "tset"}, "cnnctl: error: --split: 'tset' is none of test|validation|train\n"},
        {{"eval", "x", "--format", "xml"}, "cnnctl: error: --format: 'xml' is none of text|json\n"},
        {{"eval"}, "cnnctl: error: checkpoint is required (see cnnctl eval --help)\n"},
        {{"config", "chek", "x"},
         "cnnctl: error: unknown command 'chek' (did you mean 'check'?) (see cnnctl config --help)\n"},
    };
    for (const Case& c : cases) {
      const Finished result = call(folder, c.arguments);
      CHECK(result.code == 2);
      CHECK(result.err == c.message);
      CHECK(result.out.empty());
    }
  }

  TEST_CASE("a resume that cannot be is refused") {
    const TemporaryFolder folder;
    const Finished none = call(folder, {"train", "--resume", "nowhere"});
    CHECK(none.code == 2);
    CHECK(none.err == "cnnctl: error: nowhere holds no run to resume (config.resolved.yaml is missing)\n");
    const Finished both = call(folder, {"train", "--resume", "a", "--run-dir", "b"});
    CHECK(both.code == 2);
    CHECK(both.err ==
          "cnnctl: error: --resume goes on in its own folder: --run-dir and --init-from do not go with it\n");
  }

  TEST_CASE("every mistake of a configuration comes in one run, with its place") {
    const TemporaryFolder folder;
    folder.write("bad.yaml", R"(data: {format: synthetc, batch_size: 0}
model:
  input: [1, 8, 8]
  layers:
    - conv2d: {out_channels: 4, kernal: 3}
    - linear: 4
optimizer: {type: sgd, lr: fast}
trian: {epochs: 3}
)");
    const Finished result = call(folder, {"config", "check", "bad.yaml"});
    CHECK(result.code == 3);
    for (const char* part :
         {"bad.yaml:1:16: error: ", "bad.yaml:1:38: error: ", "bad.yaml:5:", "(did you mean 'kernel_size'?)",
          "bad.yaml:7:28: error: ", "bad.yaml:8:1: error: ", "(did you mean 'train'?)"})
      CHECK_MESSAGE(result.err.find(part) != std::string::npos, part, " in\n", result.err);
  }

  TEST_CASE("a shape that does not fit is found by config check, at its line") {
    const TemporaryFolder folder;
    std::string config = kTinyConfig;
    config.replace(config.find("kernel_size: 3, padding: 1"), 26, "kernel_size: 11");
    folder.write("bad.yaml", config);
    const Finished result = call(folder, {"config", "check", "bad.yaml"});
    CHECK(result.code == 3);
    CHECK_MESSAGE(result.err.starts_with("bad.yaml:16:7: error: "), result.err);
  }

  TEST_CASE("a network that does not fit the data is refused before training") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const Finished classes = call(folder, {"train", "tiny.yaml", "data.classes=5"});
    CHECK(classes.code == 3);
    CHECK(classes.err.find("the network's output has 4 values but the data has 5 classes") != std::string::npos);
    const Finished shape = call(folder, {"train", "tiny.yaml", "data.shape=[3, 8, 8]"});
    CHECK(shape.code == 3);
    CHECK(shape.err.find("model.input is 1x8x8, but the samples are 3x8x8") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder / "runs"));
  }

  TEST_CASE("missing files have their exit codes") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    CHECK(call(folder, {"train", "nothing.yaml"}).code == 3);
    CHECK(call(folder, {"eval", "nothing.safetensors"}).code == 5);
    CHECK(call(folder, {"train", "tiny.yaml", "data={format: idx, path: nowhere}"}).code == 4);
    CHECK(call(folder, {"train", "tiny.yaml", "--init-from", "nothing.safetensors"}).code == 5);
  }

  TEST_CASE("a result that cannot be written is an error") {
    const TemporaryFolder folder;
    const std::string command = kBinary + " layers > /dev/full 2> " + (folder / "err");
    const int status = std::system(command.c_str());
    CHECK(WEXITSTATUS(status) == 6);
    CHECK(cnnctl::read_file(folder / "err") == "standard output: error: cannot write: No space left on device\n");
  }

  TEST_CASE("a reader that leaves early is no error to speak of") {
    const TemporaryFolder folder;
    const std::string binary = kBinary, errors = folder / "err", status = folder / "status";
    std::system(("{ " + binary + " config schema 2> " + errors + "; echo $? > " + status + "; } | true").c_str());
    CHECK(cnnctl::read_file(status) == "141\n");
    CHECK(cnnctl::read_file(errors).empty());
  }

  TEST_CASE("the reference is printed from the code") {
    const TemporaryFolder folder;
    CHECK(call(folder, {"layers"}).out.find("conv2d") != std::string::npos);
    CHECK(call(folder, {"layers", "conv2d"}).out.find("out_channels") != std::string::npos);
    CHECK(call(folder, {"schedules", "cosine"}).out.find("warmup_epochs") != std::string::npos);
    const Finished unknown = call(folder, {"layers", "conv2"});
    CHECK(unknown.code == 2);
    CHECK(unknown.err.find("conv2d") != std::string::npos);
  }
}
