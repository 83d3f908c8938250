// From a configuration to a trained, evaluated, used network, with the real program.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/binary.hpp"
#include "data/npy.hpp"

TEST_SUITE("cli") {
  using namespace cnnctl::testing;
  using nlohmann::json;

  /// A folder with a finished run in `run`.
  struct Trained {
    TemporaryFolder folder;
    Trained() {
      folder.write("tiny.yaml", kTinyConfig);
      const Finished trained =
          call(folder, {"train", "tiny.yaml", "--run-dir", "run", "checkpoint.every_epochs=1", "checkpoint.keep=2"});
      REQUIRE_MESSAGE(trained.code == 0, trained.err);
      CHECK(trained.out == "run\n");
    }
  };

  TEST_CASE_FIXTURE(Trained, "a run leaves the files that it promises, and learns") {
    for (const char* name :
         {"config.yaml", "config.resolved.yaml", "metrics.csv", "events.jsonl", "train.log",
          "checkpoints/last.safetensors", "checkpoints/best.safetensors", "checkpoints/state.safetensors",
          "checkpoints/epoch-002.safetensors", "checkpoints/epoch-003.safetensors"})
      CHECK_MESSAGE(std::filesystem::exists(folder / ("run/" + std::string(name))), name);
    CHECK_FALSE(std::filesystem::exists(folder / "run/checkpoints/epoch-001.safetensors"));
    CHECK(cnnctl::read_file(folder / "run/config.yaml") == kTinyConfig);

    const std::string csv = cnnctl::read_file(folder / "run/metrics.csv");
    CHECK(
        csv.starts_with("epoch,step,lr,train_loss,train_top1,val_loss,val_top1,seconds,images_per_second,weights_hash\n"
                        "1,12,"));
    CHECK(std::count(csv.begin(), csv.end(), '\n') == 4);

    const Finished eval = call(folder, {"eval", "run", "--format", "json", "--per-class"});
    REQUIRE_MESSAGE(eval.code == 0, eval.err);
    const json result = json::parse(eval.out);
    CHECK(result["schema"] == "cnnctl.eval/1");
    CHECK(result["samples"] == 80);
    CHECK(result["top1"] >= 0.85);
    CHECK(result["classes"].size() == 4);
  }

  TEST_CASE_FIXTURE(Trained, "every line of events.jsonl is an object, from run_start to stop") {
    const std::string events = cnnctl::read_file(folder / "run/events.jsonl");
    std::vector<std::string> kinds;
    for (std::size_t begin = 0, end; (end = events.find('\n', begin)) != std::string::npos; begin = end + 1)
      kinds.push_back(json::parse(events.substr(begin, end - begin))["event"]);
    REQUIRE(kinds.size() > 6);
    CHECK(kinds.front() == "run_start");
    CHECK(kinds.back() == "stop");
    CHECK(std::count(kinds.begin(), kinds.end(), "epoch") == 3);
  }

  TEST_CASE_FIXTURE(Trained, "the validation samples give at evaluation what training reported") {
    const Finished eval =
        call(folder, {"eval", "run/checkpoints/last.safetensors", "--split", "validation", "--format", "json"});
    REQUIRE_MESSAGE(eval.code == 0, eval.err);
    const Finished inspect =
        call(folder, {"checkpoint", "inspect", "run/checkpoints/last.safetensors", "--format", "json"});
    const json metrics = json::parse(inspect.out)["metrics"];
    CHECK(json::parse(eval.out)["loss"] == metrics["val_loss"]);
    CHECK(json::parse(eval.out)["top1"] == metrics["val_top1"]);
  }

  TEST_CASE_FIXTURE(Trained, "arrays go in and raw outputs come out, one row a sample, whatever the batch") {
    std::vector<float> values(5 * 64);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 13) * 0.1f - 0.6f;
    const std::int64_t shape[] = {5, 1, 8, 8};
    cnnctl::write_npy(folder / "x.npy", shape, values);
    REQUIRE(call(folder, {"infer", "run", "x.npy", "--output", "y.npy"}).code == 0);
    REQUIRE(call(folder, {"infer", "run", "x.npy", "--output", "z.npy", "--batch-size", "2"}).code == 0);
    const cnnctl::NpyArray y = cnnctl::read_npy(folder / "y.npy");
    CHECK(y.shape == std::vector<std::int64_t>{5, 4});
    CHECK(y.values == cnnctl::read_npy(folder / "z.npy").values);

    const std::int64_t wrong[] = {5, 1, 4, 16};
    cnnctl::write_npy(folder / "w.npy", wrong, values);
    const Finished refused = call(folder, {"infer", "run", "w.npy", "--output", "y.npy"});
    CHECK(refused.code == 4);
    CHECK(refused.err.starts_with("w.npy: error: the array is 5x1x4x16, but the model takes Nx1x8x8\n"));
  }

  TEST_CASE_FIXTURE(Trained, "a bad picture is named, the others are classified all the same") {
    folder.write("broken.png", "\x89PNG\r\n\x1a\n garbage");
    const std::vector<float> values(64, 0.5f);
    const std::int64_t shape[] = {1, 1, 8, 8};
    cnnctl::write_npy(folder / "x.npy", shape, values);
    const Finished result = call(folder, {"infer", "run", "broken.png", "x.npy", "--format", "jsonl", "--top-k", "2"});
    CHECK(result.code == 4);
    CHECK(result.err.starts_with("broken.png: error: "));
    const json line = json::parse(result.out);
    CHECK(line["file"] == "x.npy[0]");
    CHECK(line["predictions"].size() == 2);
  }

  TEST_CASE_FIXTURE(Trained, "checkpoints can be looked into, proved and compared") {
    CHECK(call(folder, {"checkpoint", "verify", "run"}).code == 0);
    CHECK(call(folder, {"checkpoint", "inspect", "run"}).out.find("conv.weight") != std::string::npos);
    const std::string last = "run/checkpoints/last.safetensors";
    const Finished same =
        call(folder, {"checkpoint", "diff", last, "run/checkpoints/epoch-003.safetensors", "--require-equal"});
    CHECK(same.code == 0);
    const Finished other =
        call(folder, {"checkpoint", "diff", last, "run/checkpoints/epoch-002.safetensors", "--require-equal"});
    CHECK(other.code == 11);
    CHECK(other.out.find("fc.weight") != std::string::npos);
    std::string damaged = cnnctl::read_file(folder / last);
    damaged[damaged.size() - 3] ^= 1;
    folder.write("damaged.safetensors", damaged);
    CHECK(call(folder, {"checkpoint", "verify", "damaged.safetensors"}).code == 5);
    CHECK(call(folder, {"eval", "damaged.safetensors"}).code == 5);
  }

  TEST_CASE_FIXTURE(Trained, "weights of another run are a beginning, as far as they fit") {
    const Finished result = call(folder, {"train", "tiny.yaml", "--run-dir", "fork", "--init-from", "run",
                                          "data.classes=3", "model.layers.6.linear.out_features=3", "train.epochs=1"});
    REQUIRE_MESSAGE(result.code == 0, result.err);
    CHECK(result.err.find("another shape, drawn afresh: fc.weight: 4x64 in the file, 3x64 in the network") !=
          std::string::npos);
  }

  TEST_CASE("runs are numbered, and a folder that holds a run is not overwritten") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    CHECK(call(folder, {"train", "tiny.yaml", "train.epochs=1"}).out == "runs/tiny/001\n");
    CHECK(call(folder, {"train", "tiny.yaml", "train.epochs=1"}).out == "runs/tiny/002\n");
    const Finished again = call(folder, {"train", "tiny.yaml", "--run-dir", "runs/tiny/001"});
    CHECK(again.code == 2);
    CHECK(again.err.find(
              "runs/tiny/001 holds a run already; go on with --resume runs/tiny/001, or choose another folder") !=
          std::string::npos);
  }

  TEST_CASE("a run that ended before it had begun leaves nothing in the way of the next") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    folder.write("run/metrics.csv", "epoch,step,l");  // the disk was full
    folder.write("run/events.jsonl", "{\"event\":\"run_start\",\"epoch\":0,\"step\":0}\n{\"eve");
    REQUIRE(call(folder, {"train", "tiny.yaml", "train.epochs=1", "--run-dir", "run"}).code == 0);
    CHECK(cnnctl::read_file(folder / "run/metrics.csv").starts_with("epoch,step,lr,train_loss,"));
    const std::string events = cnnctl::read_file(folder / "run/events.jsonl");
    CHECK(events.find("run_start") == events.rfind("run_start"));
    CHECK(events.find("{\"eve{") == std::string::npos);
  }

  TEST_CASE("summary and bench keep their contracts") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const Finished table = call(folder, {"summary", "tiny.yaml"});
    CHECK(table.code == 0);
    for (std::size_t begin = 0, end; (end = table.out.find('\n', begin)) != std::string::npos; begin = end + 1)
      CHECK(end - begin <= 80);
    const json summary = json::parse(call(folder, {"summary", "tiny.yaml", "--format", "json"}).out);
    CHECK(summary["parameters"] == 4 * 9 + 8 + 64 * 4 + 4);
    CHECK(summary["macs"] == 4 * 9 * 64 + 64 * 4);
    const Finished bench = call(folder, {"bench", "tiny.yaml", "--batch-size", "8", "--threads", "2", "--seconds",
                                         "0.01", "--layers", "--format", "json"});
    REQUIRE_MESSAGE(bench.code == 0, bench.err);
    const json result = json::parse(bench.out);
    CHECK(result["schema"] == "cnnctl.bench/1");
    CHECK(result["batch_size"] == 8);
    CHECK(result["threads"] == 2);
    CHECK(result["train"]["median_ms"] > 0);
    CHECK(result["forward"]["images_per_second"] > 0);
    CHECK(result["operations"].size() > 0);
  }

  TEST_CASE("the schema is JSON and knows every format") {
    const TemporaryFolder folder;
    const json schema = json::parse(call(folder, {"config", "schema"}).out);
    CHECK(schema["properties"]["data"]["anyOf"].size() >= 3);
    CHECK(schema["properties"].contains("optimizer"));
  }

  TEST_CASE("training that diverges says where, and leaves a state that can be gone on from") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const Finished result = call(folder, {"train", "tiny.yaml", "--run-dir", "run", "optimizer.lr=1e30"});
    CHECK(result.code == 8);
    CHECK_MESSAGE(result.err.find("cnnctl: error: training diverged: ") != std::string::npos, result.err);
    CHECK(result.err.find("(learning rate ") != std::string::npos);
    CHECK(call(folder, {"checkpoint", "verify", "run/checkpoints/state.safetensors"}).code == 0);
  }
}
