// cnnctl bench: lists of sizes, the table of operations, comparison with earlier results.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/binary.hpp"

TEST_SUITE("cli") {
  using namespace cnnctl::testing;
  using nlohmann::json;

  /// A folder with tiny.yaml, and bench on it, quick.
  struct Benched {
    TemporaryFolder folder;

    Benched() { folder.write("tiny.yaml", kTinyConfig); }

    Finished bench(std::vector<std::string> arguments) const {
      arguments.insert(arguments.begin(), {"bench", "tiny.yaml", "--seconds", "0.001"});
      return call(folder, arguments);
    }
    json result(std::vector<std::string> arguments) const {
      arguments.insert(arguments.end(), {"--format", "json"});
      const Finished finished = bench(arguments);
      REQUIRE_MESSAGE(finished.code == 0, finished.err);
      return json::parse(finished.out);
    }
    /// An earlier result of the given times with 1 thread and batch size 16.
    void write_earlier(double train_ms, double forward_ms) const {
      const json earlier = {{"schema", "cnnctl.bench/1"},
                            {"name", "tiny"},
                            {"threads", 1},
                            {"batch_size", 16},
                            {"train", {{"median_ms", train_ms}, {"least_ms", train_ms}}},
                            {"forward", {{"median_ms", forward_ms}}}};
      folder.write("earlier.json", earlier.dump());
    }
  };

  void check_width(const std::string& text) {
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      CHECK_MESSAGE(end - begin <= 80, text.substr(begin, end - begin));
  }

  TEST_CASE_FIXTURE(Benched, "bench: one size is one object") {
    const json one = result({"--batch-size", "8", "--threads", "1"});
    CHECK(one["schema"] == "cnnctl.bench/1");
    CHECK(one["batch_size"] == 8);
    CHECK(one["threads"] == 1);
    CHECK(one["train"]["least_ms"] <= one["train"]["median_ms"]);
    CHECK(one["forward"]["images_per_second"] > 0);
    CHECK_FALSE(one.contains("runs"));
    CHECK_FALSE(one.contains("operations"));
  }

  TEST_CASE_FIXTURE(Benched, "bench: lists give all combinations") {
    const json all = result({"--batch-size", "2,8", "--threads", "1,2"});
    CHECK(all["schema"] == "cnnctl.bench/1");
    REQUIRE(all["runs"].size() == 4);
    CHECK(all["runs"][1]["threads"] == 2);
    CHECK(all["runs"][1]["batch_size"] == 2);
    CHECK(all["runs"][2]["batch_size"] == 8);
    CHECK(all["runs"][3]["train"]["median_ms"] > 0);

    const Finished table = bench({"--batch-size", "2,8", "--threads", "1,2"});
    CHECK(table.out.starts_with("tiny\nthreads   batch "));
    CHECK(std::count(table.out.begin(), table.out.end(), '\n') == 6);
    CHECK(table.out.find("1.00x") != std::string::npos);
    check_width(table.out);
  }

  TEST_CASE_FIXTURE(Benched, "bench: operations have algorithm, times and their share of the limit") {
    const json one = result({"--layers", "--threads", "2"});
    CHECK(one["limit_gflops"] > 0);
    REQUIRE(one["operations"].size() >= 4);
    const json& conv = one["operations"][0];
    CHECK(conv["name"] == "conv");
    CHECK(conv["macs"] == 4 * 9 * 64);
    CHECK(conv["backward_macs"] == conv["macs"]);  // no input gradient in the first layer
    CHECK(one["operations"].back()["backward_macs"] == 2 * 64 * 4);
    CHECK(one["loss_ms"] > 0);
    CHECK(one["optimizer_ms"] > 0);
    double pieces = one["loss_ms"].get<double>() + one["optimizer_ms"].get<double>() + one["rest_ms"].get<double>();
    for (const json& o : one["operations"]) pieces += o["forward_ms"].get<double>() + o["backward_ms"].get<double>();
    CHECK(pieces == doctest::Approx(one["step_ms"].get<double>()).epsilon(1e-9));
    CHECK(one["rest_ms"] >= 0);

    const Finished table = bench({"--layers"});
    for (const char* part : {"GFLOP/s\ntrain", "\noperation ", "\nconv ", "\nloss ", " cross_entropy ", "\noptimizer ",
                             "\na step took ", " us ("})
      CHECK_MESSAGE(table.out.find(part) != std::string::npos, part, " in\n", table.out);
    check_width(table.out);
  }

  TEST_CASE_FIXTURE(Benched, "bench: what has become slower ends with exit code 11") {
    const std::vector<std::string> arguments = {"--threads", "1", "--compare", "earlier.json"};
    write_earlier(1e6, 1e6);
    const Finished faster = bench(arguments);
    CHECK_MESSAGE(faster.code == 0, faster.err);
    CHECK(faster.out.find("above 1 is slower") != std::string::npos);
    CHECK(faster.out.find("slower by more") == std::string::npos);

    write_earlier(1e6, 1e-6);
    const Finished slower = bench(arguments);
    CHECK(slower.code == 11);
    CHECK(slower.out.find("slower by more than 10 %") != std::string::npos);

    const Finished object = bench({"--threads", "1,2", "--compare", "earlier.json", "--format", "json"});
    CHECK(object.code == 11);
    const json comparison = json::parse(object.out)["comparison"];
    CHECK(comparison["regressed"] == true);
    REQUIRE(comparison["ratios"].size() == 1);  // of 2 threads the file knows nothing
    CHECK(comparison["ratios"][0]["train"] < 1);
    CHECK(comparison["ratios"][0]["forward"] > 1);
  }

  TEST_CASE_FIXTURE(Benched, "bench: its own result can be compared with") {
    folder.write("own.json", bench({"--threads", "1,2", "--format", "json"}).out);
    const Finished again = bench({"--threads", "2,1", "--compare", "own.json", "--tolerance", "100"});
    CHECK_MESSAGE(again.code == 0, again.err);
  }

  TEST_CASE_FIXTURE(Benched, "bench: files that cannot be compared with are told before anything is measured") {
    const auto refused = [&](const std::string& content) {
      folder.write("bad.json", content);
      const Finished finished = call(folder, {"bench", "tiny.yaml", "--seconds", "3600", "--compare", "bad.json"});
      CHECK(finished.code == 4);
      CHECK(finished.out.empty());
      return finished.err;
    };
    CHECK(refused("name: x") == "bad.json: error: is not JSON; `cnnctl bench CONFIG --format json` writes it\n");
    CHECK(refused("[1]") == "bad.json: error: has schema 'none', expected 'cnnctl.bench/1'\n");
    CHECK(refused(R"({"schema": "cnnctl.eval/1"})") ==
          "bad.json: error: has schema 'cnnctl.eval/1', expected 'cnnctl.bench/1'\n");
    CHECK(refused(R"({"schema": "cnnctl.bench/1"})").starts_with("bad.json: error: is not a whole result of a bench"));
    CHECK(refused(R"({"schema": "cnnctl.bench/1", "name": 3})").starts_with("bad.json: error: is not a whole result"));
    CHECK(refused(R"({"schema": "cnnctl.bench/1", "runs": [{"threads": 1, "batch_size": 16,
                      "train": {"median_ms": 0}, "forward": {"median_ms": 1}}]})")
              .find("a time is not above 0") != std::string::npos);
    CHECK(refused(R"({"schema": "cnnctl.bench/1", "name": "other", "runs": []})") ==
          "bad.json: error: measures 'other', not 'tiny'\n");
    CHECK(refused(R"({"schema": "cnnctl.bench/1", "name": "tiny", "threads": 999, "batch_size": 3,
                      "train": {"median_ms": 1}, "forward": {"median_ms": 1}})")
              .find("; it has 999 threads with batch size 3\n") != std::string::npos);
    const Finished missing = bench({"--compare", "nothing.json"});
    CHECK(missing.code == 6);
    CHECK(missing.err == "nothing.json: error: cannot open: No such file or directory\n");
    CHECK(bench({"--tolerance", "0.2"}).err ==
          "cnnctl: error: --tolerance requires --compare (see cnnctl bench --help)\n");
    CHECK(bench({"--threads", "1,none"}).err ==
          "cnnctl: error: --threads: 'none' is not a whole number from 1 to 1024 (see cnnctl bench --help)\n");
  }
}
