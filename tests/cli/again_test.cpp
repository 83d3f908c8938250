// Runs that are done again: repro, replay, rollback, and what is said when program or machine have changed.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/binary.hpp"
#include "tensor/real.hpp"

namespace cnnctl::testing {
namespace {

using Words = std::vector<std::string>;

/// A folder with tiny.yaml.
struct Place {
  TemporaryFolder folder;
  Place() { folder.write("tiny.yaml", kTinyConfig); }

  Finished operator()(Words words) const { return call(folder, words); }
  Finished train(const std::string& dir, const Words& more = {}) const {
    Words words = {"train", "tiny.yaml", "--run-dir", dir, "--progress", "none", "train.epochs=2"};
    words.insert(words.end(), more.begin(), more.end());
    return (*this)(words);
  }
  std::string file(const std::string& name) const { return read_file(folder / name); }
  /// Replaces the first `from` in a file, which must be there.
  void replace(const std::string& name, const std::string& from, const std::string& to) const {
    std::string text = file(name);
    const std::size_t at = text.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from << " in " << text);
    folder.write(name, text.replace(at, from.size(), to));
  }
};

int count(const std::string& text, const std::string& what) {
  int n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

bool has(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

/// What a step's event says of the weights.
std::string hash_at(const std::string& events, int step) {
  for (std::size_t begin = 0, end; (end = events.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const nlohmann::json event = nlohmann::json::parse(events.substr(begin, end - begin));
    if (event["event"] == "step" && event["step"] == step) return event["weights_hash"];
  }
  return "";
}

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE_FIXTURE(Place, "repro takes the first steps again, with any threads, and the ends of epochs where asked") {
    REQUIRE(train("run").code == 0);
    for (const Words& more : {Words{}, Words{"--threads", "1"}, Words{"--threads", "5"}}) {
      Words words = {"repro", "run"};
      words.insert(words.end(), more.begin(), more.end());
      const Finished again = (*this)(words);
      CHECK_MESSAGE(again.code == 0, again.out, again.err);
      CHECK_MESSAGE(has(again.out, "same bits after 16 steps"), again.out);
      CHECK(count(again.out, "\n") == 2 + 7 + 1);  // steps 0, 1, 2, 4, 8, 12 and 16
    }
    const Finished all = (*this)({"repro", "run", "--steps", "1000", "--format", "json"});
    const nlohmann::json json = nlohmann::json::parse(all.out);
    CHECK(json["same"] == true);
    CHECK(json["points"].size() == 8);  // the epochs end at steps 12 and 24
    CHECK(json["points"].back()["step"] == 24);
    CHECK(json["changes"].empty());
    const Finished none = (*this)({"repro", "run", "--steps", "0"});
    CHECK_MESSAGE(has(none.out, "same bits after 0 steps"), none.out);
  }

  TEST_CASE_FIXTURE(Place, "repro says which step is the first with other bits, and what has changed") {
    REQUIRE(train("run").code == 0);
    const std::string hash = hash_at(file("run/events.jsonl"), 4);
    REQUIRE(hash.size() == 16);
    replace("run/events.jsonl", hash, std::string(16, '0'));
    const Finished other = (*this)({"repro", "run"});
    CHECK(other.code == 11);
    CHECK_MESSAGE(has(other.out, "other bits after step 4; nothing that is known of has changed"), other.out);
    CHECK_MESSAGE(has(other.out, "4  0000000000000000  " + hash + "  *"), other.out);
    CHECK(!has(other.out, "\n       8  "));
    replace("run/events.jsonl", "\"vectors\":\"", "\"vectors\":\"VAX and ");
    const Finished changed = (*this)({"repro", "run"});
    CHECK_MESSAGE(has(changed.out, "changed   vectors: VAX and "), changed.out);
    CHECK_MESSAGE(has(changed.out, "other bits after step 4\n"), changed.out);
  }

  TEST_CASE_FIXTURE(Place, "repro says that the configuration is another one, or the first weights") {
    REQUIRE(train("run", {"data.validation=0"}).code == 0);
    replace("run/config.resolved.yaml", "lr: 0.05", "lr: 0.06");
    const Finished config = (*this)({"repro", "run"});
    CHECK(config.code == 11);
    CHECK_MESSAGE(has(config.out, "changed   config: optimizer.lr was 0.05 when the run was saved and is 0.06"),
                  config.out);
    CHECK_MESSAGE(has(config.out, "not the same run: nothing was compared"), config.out);

    REQUIRE(train("fork", {"--init-from", "run"}).code == 0);
    CHECK((*this)({"repro", "fork"}).code == 0);
    REQUIRE(train("other", {"seed=8"}).code == 0);
    folder.write("run/checkpoints/best.safetensors", file("other/checkpoints/best.safetensors"));
    const Finished weights = (*this)({"repro", "fork"});
    CHECK(weights.code == 11);
    CHECK_MESSAGE(has(weights.out, "other bits before the first step: a seed or first weights differ"), weights.out);
  }

  TEST_CASE_FIXTURE(Place, "repro measures a schedule by the epochs that were planned at first") {
    REQUIRE(train("run").code == 0);
    REQUIRE((*this)({"train", "--resume", "run", "train.epochs=4", "--progress", "none"}).code == 0);
    const Finished again = (*this)({"repro", "run", "--steps", "24"});
    CHECK_MESSAGE(again.code == 0, again.out, again.err);
  }

  TEST_CASE_FIXTURE(Place, "what is no run cannot be done again") {
    CHECK((*this)({"repro", "nothing"}).code == 2);
    REQUIRE(train("run").code == 0);
    folder.write("run/events.jsonl", "");
    const Finished mute = (*this)({"repro", "run"});
    CHECK(mute.code == 2);
    CHECK_MESSAGE(has(mute.err, "run/events.jsonl tells no hash of weights to compare with"), mute.err);
    const Finished replayed = (*this)({"replay", "run"});
    CHECK(replayed.code == 2);
    CHECK_MESSAGE(has(replayed.err, "nan.json is missing"), replayed.err);
  }

  TEST_CASE_FIXTURE(Place, "a run that goes on says that program or processor are not those of before") {
    REQUIRE(train("run").code == 0);
    CHECK(!has((*this)({"train", "--resume", "run", "train.epochs=3"}).err, "not all is as it was"));
    const std::string events = file("run/events.jsonl");
    folder.write("run/events.jsonl", events.substr(0, events.rfind("{\"event\":\"resume\"")));
    replace("run/events.jsonl", "\"vectors\":\"", "\"vectors\":\"VAX and ");
    const Finished resumed = (*this)({"train", "--resume", "run", "train.epochs=4"});
    CHECK(resumed.code == 0);
    CHECK_MESSAGE(has(resumed.err, "note: run: not all is as it was"), resumed.err);
    CHECK_MESSAGE(has(resumed.err, "  vectors: VAX and "), resumed.err);
  }

  TEST_CASE_FIXTURE(Place, "--verify-determinism tries before it trains, and changes nothing") {
    REQUIRE(train("plain").code == 0);
    const Finished verified = train("verified", {"--verify-determinism"});
    REQUIRE_MESSAGE(verified.code == 0, verified.err);
    CHECK_MESSAGE(has(verified.err, "deterministic: 16 steps twice"), verified.err);
    CHECK(file("plain/checkpoints/state.safetensors") == file("verified/checkpoints/state.safetensors"));
  }

  TEST_CASE_FIXTURE(Place, "a training that meets a NaN leaves what leads there, to the bit") {
    const Finished diverged = train("run", {"optimizer={type: sgd, lr: 3000, momentum: 0.9}", "train.epochs=20"});
    REQUIRE_MESSAGE(diverged.code == 8, diverged.err);
    CHECK_MESSAGE(has(diverged.err, "\n  hint: cnnctl replay run/nan runs into it again, step by step"), diverged.err);
    const nlohmann::json facts = nlohmann::json::parse(file("run/nan/nan.json"));
    for (const char* threads : {"1", "3"}) {
      const Finished again = (*this)({"replay", "run/nan", "--threads", threads});
      CHECK_MESSAGE(again.code == 0, again.out, again.err);
      CHECK_MESSAGE(has(again.out, "same bits: loss and weights are those of the run"), again.out);
      CHECK_MESSAGE(has(again.out, " not finite\n"), again.out);
    }
    const nlohmann::json json = nlohmann::json::parse((*this)({"replay", "run/nan", "--format", "json"}).out);
    CHECK(json["same"] == true);
    CHECK(json["steps"].back()["step"] == facts["step"]);
    CHECK(json["weights_hash"] == facts["weights_hash"]);

    const std::string hash = facts["weights_hash"];
    replace("run/nan/nan.json", hash, std::string(16, '0'));
    CHECK((*this)({"replay", "run/nan"}).code == 11);
    replace("run/nan/nan.json", "\"what\": \"", "\"what\": \"x");
    const Finished damaged = (*this)({"replay", "run/nan"});
    CHECK(damaged.code == 4);
    CHECK_MESSAGE(damaged.err.starts_with("run/nan/nan.json: error: "), damaged.err);
  }

  TEST_CASE_FIXTURE(Place, "a validation loss that is not finite leaves a bundle as well") {
    const std::string scale =
        sizeof(real) == 4 ? "2e39" : "1e162";  // outputs, or their squares, are beyond all numbers
    const Finished diverged =
        train("run", {"loss=mse", "optimizer={type: sgd, lr: 0.02}", "train.epochs=1",
                      "parameters=[{match: fc.*, lr_scale: " + scale + "}]", "data.batch_size=180"});
    REQUIRE_MESSAGE(diverged.code == 8, diverged.err);
    const nlohmann::json facts = nlohmann::json::parse(file("run/nan/nan.json"));
    CHECK(facts["what"] == "validation");
    CHECK((*this)({"replay", "run/nan"}).code == 0);
  }

  // A rate at which weights are beyond all numbers within an epoch, and the factor that leaves 0.01 of it.
  const bool kSingle = sizeof(real) == 4;
  const std::string kFar = std::string("optimizer={type: sgd, momentum: 0.9, lr: ") + (kSingle ? "1e7}" : "1e70}");
  const std::string kBack = kSingle ? "1e-09" : "1e-72";

  TEST_CASE_FIXTURE(Place, "rollback goes back to the last save at a lower rate, and stays there when resumed") {
    const Words back = {kFar, "train.on_nan=rollback", "train.rollback_factor=" + kBack, "lr_scheduler=constant"};
    const auto with = [&](const char* epochs) {
      Words words = back;
      words.push_back(std::string("train.epochs=") + epochs);
      return words;
    };
    const Finished whole = train("whole", with("4"));
    REQUIRE_MESSAGE(whole.code == 0, whole.err);
    const std::string events = file("whole/events.jsonl");
    CHECK(count(events, "{\"event\":\"rollback\"") == 1);
    CHECK(has(events, "\"rate_factor\":" + kBack));
    CHECK(has(file("whole/train.log"), "the learning rate is " + kBack + " of the schedule's from now on"));
    CHECK(count(file("whole/metrics.csv"), "\n") == 5);
    REQUIRE(train("part", with("2")).code == 0);
    REQUIRE((*this)({"train", "--resume", "part", "train.epochs=4", "--progress", "none"}).code == 0);
    CHECK(file("part/checkpoints/last.safetensors").substr(4096) ==
          file("whole/checkpoints/last.safetensors").substr(4096));
    const Finished diff = (*this)({"checkpoint", "diff", "part", "whole", "--require-equal"});
    CHECK_MESSAGE(diff.code == 0, diff.out);
  }

  TEST_CASE_FIXTURE(Place, "rollback gives up in the end; what diverged may be gone on with by rollback") {
    const Words far = {kFar, "lr_scheduler=constant"};
    Words back = far;
    back.insert(back.end(), {"train.on_nan=rollback", "train.rollback_factor=0.99", "train.rollbacks=2"});
    const Finished given_up = train("run", back);
    CHECK(given_up.code == 8);
    CHECK(count(file("run/events.jsonl"), "{\"event\":\"rollback\"") == 2);
    REQUIRE(train("stopped", far).code == 8);
    const Finished resumed = (*this)({"train", "--resume", "stopped", "--progress", "none", "train.on_nan=rollback",
                                      "train.rollback_factor=" + kBack});
    CHECK_MESSAGE(resumed.code == 0, resumed.err);
  }
}

}  // namespace cnnctl::testing
