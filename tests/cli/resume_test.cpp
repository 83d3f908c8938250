// The promise that matters most: a run that was stopped, killed or given other threads ends with the same bits.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "cli/binary.hpp"

TEST_SUITE("cli") {
  using namespace cnnctl::testing;

  /// Long enough to be interrupted; everything random is in it, groups of parameters and several metrics.
  std::vector<std::string> training(const std::string& run_dir, const std::string& threads = "2") {
    return {"train",
            "tiny.yaml",
            "--run-dir",
            run_dir,
            "data.count=20000",
            "train.epochs=8",
            "checkpoint.every_steps=50",
            "metrics=[top1, f1, {top_k: 2}]",
            "parameters=[{match: conv.*, lr_scale: 0.5}, {match: bn.*, decay_scale: 0}]",
            "optimizer.weight_decay=0.001",
            "--threads",
            threads};
  }

  std::string file(const TemporaryFolder& folder, const std::string& run, const std::string& name) {
    return cnnctl::read_file(folder / (run + "/" + name));
  }

  /// metrics.csv without the two columns that the clock fills, "seconds" and the one behind it.
  std::string numbers(const TemporaryFolder& folder, const std::string& run) {
    const std::string csv = file(folder, run, "metrics.csv"), header = csv.substr(0, csv.find('\n'));
    REQUIRE(header.find(",val_f1,") != std::string::npos);
    const auto clock =
        std::count(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(header.find("seconds")), ',');
    std::string kept;
    for (std::size_t begin = 0, end; (end = csv.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const std::string line = csv.substr(begin, end - begin);
      std::size_t seconds = 0;
      for (std::ptrdiff_t column = 0; column < clock; ++column) seconds = line.find(',', seconds) + 1;
      kept += line.substr(0, seconds) + line.substr(line.rfind(',')) + "\n";
    }
    return kept;
  }

  void check_same(const TemporaryFolder& folder, const std::string& run) {
    CHECK(numbers(folder, run) == numbers(folder, "whole"));
    for (const char* name : {"last", "best", "state"}) {
      const std::string path = "checkpoints/" + std::string(name) + ".safetensors";
      CHECK_MESSAGE(file(folder, run, path) == file(folder, "whole", path), path);
    }
  }

  /// A folder where `whole` holds the uninterrupted run.
  struct Whole {
    TemporaryFolder folder;
    Whole() {
      folder.write("tiny.yaml", kTinyConfig);
      const Finished result = call(folder, training("whole"));
      REQUIRE_MESSAGE(result.code == 0, result.err);
    }
    /// True once the run has written its state at step 50.
    bool has_begun(const std::string& run) const {
      const std::string path = folder / (run + "/events.jsonl");
      return std::filesystem::exists(path) && cnnctl::read_file(path).find("\"step\":50,") != std::string::npos;
    }
  };

  TEST_CASE_FIXTURE(Whole, "1, 3 and 8 threads give the same bytes") {
    for (const char* threads : {"1", "3", "8"}) {
      const std::string run = std::string("threads-") + threads;
      REQUIRE(call(folder, training(run, threads)).code == 0);
      check_same(folder, run);
    }
  }

  TEST_CASE_FIXTURE(Whole, "SIGTERM saves and ends by the signal; the resumed run has the same bytes") {
    Running running(folder, training("run"));
    REQUIRE(eventually([&] { return has_begun("run"); }));
    running.kill(SIGTERM);
    const Finished stopped = running.wait();
    CHECK(stopped.code == 128 + SIGTERM);
    CHECK(stopped.err.find("go on with: cnnctl train --resume run") != std::string::npos);
    const Finished resumed = call(folder, {"train", "--resume", "run", "--threads", "1"});
    REQUIRE_MESSAGE(resumed.code == 0, resumed.err);
    check_same(folder, "run");
  }

  TEST_CASE_FIXTURE(Whole, "kill -9 at any time, again and again; the resumed run has the same bytes") {
    std::minstd_rand random(1);
    Running first(folder, training("run"));
    REQUIRE(eventually([&] { return has_begun("run"); }));
    first.kill(SIGKILL);
    CHECK(first.wait().code == 128 + SIGKILL);
    int killed = 0;
    for (int i = 0; i < 20 && killed < 4; ++i) {
      Running again(folder, {"train", "--resume", "run"});
      std::this_thread::sleep_for(std::chrono::milliseconds(10 + random() % 100));
      again.kill(SIGKILL);
      killed += again.wait().code == 128 + SIGKILL;  // else it had ended by then
    }
    CHECK(killed >= 2);
    const Finished resumed = call(folder, {"train", "--resume", "run"});
    REQUIRE_MESSAGE(resumed.code == 0, resumed.err);
    check_same(folder, "run");
  }

  TEST_CASE_FIXTURE(Whole, "a run killed before its first state begins again, with the same bytes") {
    Running running(folder, training("run"));
    REQUIRE(eventually([&] { return has_begun("run"); }));
    running.kill(SIGKILL);
    CHECK(running.wait().code == 128 + SIGKILL);
    REQUIRE(std::filesystem::remove(folder / "run/checkpoints/state.safetensors"));
    REQUIRE(call(folder, {"train", "--resume", "run"}).code == 0);
    check_same(folder, "run");
  }

  TEST_CASE_FIXTURE(Whole, "a finished run says so; more epochs go on; other changes are refused") {
    const Finished done = call(folder, {"train", "--resume", "whole"});
    CHECK(done.code == 0);
    CHECK(done.err == "whole: finished already; for more epochs add train.epochs=N\n");
    const Finished refused = call(folder, {"train", "--resume", "whole", "optimizer.lr=0.1"});
    CHECK(refused.code == 3);
    CHECK(refused.err.find(
              "optimizer.lr was 0.05 when the run began and is 0.1 now; when resuming, only train.epochs, "
              "train.on_nan, train.rollback*, checkpoint.*, data.cache, runtime.threads and where the data lie may "
              "change") != std::string::npos);
    const Finished more = call(folder, {"train", "--resume", "whole", "train.epochs=9"});
    REQUIRE_MESSAGE(more.code == 0, more.err);
    CHECK(numbers(folder, "whole").find("\n9,") != std::string::npos);
    CHECK(call(folder, {"train", "--resume", "whole"}).err.find("finished already") != std::string::npos);
  }

  TEST_CASE_FIXTURE(Whole, "a run folder has one owner at a time") {
    Running running(folder, training("run"));
    REQUIRE(eventually([&] { return has_begun("run"); }));
    running.kill(SIGSTOP);
    const TemporaryFolder other;
    const Finished second = call(other, {"train", "--resume", folder / "run"});
    CHECK(second.code == 9);
    running.kill(SIGKILL);
    running.wait();
    CHECK(call(other, {"train", "--resume", folder / "run"}).code == 0);
  }

  TEST_CASE(
      "what training keeps beside the weights is the same after a kill: averages, results, gradients of a group") {
    for (const std::vector<std::string>& own :
         {std::vector<std::string>{"train.ema=0.99", "train.accumulate=3"},
          {"train.swa={start_epoch: 2, lr: 0.02, anneal_epochs: 2}"},
          {"lr_scheduler={type: plateau, factor: 0.5, patience: 0, threshold: 0.01}", "train.monitor=val_loss"}}) {
      CAPTURE(own[0]);
      const TemporaryFolder folder;
      folder.write("tiny.yaml", kTinyConfig);
      const auto words = [&](const std::string& run) {
        std::vector<std::string> all = training(run);
        all.insert(all.end(), own.begin(), own.end());
        return all;
      };
      const Finished whole = call(folder, words("whole"));
      REQUIRE_MESSAGE(whole.code == 0, whole.err);
      Running running(folder, words("run"));
      const auto saves = [&] {
        const std::string path = folder / "run/metrics.csv";
        return std::filesystem::exists(path) && cnnctl::read_file(path).find("\n3,") != std::string::npos;
      };
      REQUIRE(eventually(saves));
      running.kill(SIGKILL);
      running.wait();
      std::mt19937 random(5);
      for (int i = 0; i < 2; ++i) {
        Running again(folder, {"train", "--resume", "run"});
        std::this_thread::sleep_for(std::chrono::milliseconds(30 + random() % 100));
        again.kill(i == 0 ? SIGTERM : SIGKILL);
        again.wait();
      }
      const Finished resumed = call(folder, {"train", "--resume", "run"});
      REQUIRE_MESSAGE(resumed.code == 0, resumed.err);
      check_same(folder, "run");
    }
  }
}
