// cnnctl lr-find, config show --schedule and checkpoint average, as users run them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/binary.hpp"
#include "picture/picture.hpp"
#include "train/lr_range.hpp"

namespace cnnctl::testing {
namespace {

using nlohmann::json;

std::size_t longest_line(const std::string& text) {
  std::size_t most = 0, begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    most = std::max(most, end - begin);
  return most;
}

std::vector<std::string> entries(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (!entry.path().filename().string().starts_with(".")) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("steepest descent: where a smoothed loss falls fastest over the logarithm, before its least value") {
    std::vector<RangeTestResult::Point> points;
    for (int i = 0; i < 40; ++i) {
      const double lr = std::pow(10, -4 + i * 0.1), x = i;
      const double loss = 2 - 1 / (1 + std::exp(20 - x)) + (i > 33 ? (x - 33) * 2 : 0);
      points.push_back({lr, loss, loss});
    }
    CHECK(steepest_descent(points).value() == doctest::Approx(std::pow(10, -2)));
    for (RangeTestResult::Point& p : points) p.smoothed = p.lr;  // only ever rises
    CHECK_FALSE(steepest_descent(points).has_value());
    CHECK_FALSE(steepest_descent({points.front()}).has_value());
  }

  TEST_CASE("lr-find: suggests a rate that trains, in words, JSON and a picture, and leaves nothing else behind") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const Finished text = call(folder, {"lr-find", "tiny.yaml", "data.count=2000", "--png", "curve.png"});
    REQUIRE_MESSAGE(text.code == 0, text.err);
    CHECK(longest_line(text.out) <= 80);
    const std::size_t at = text.out.rfind("optimizer.lr=");
    REQUIRE(at != std::string::npos);
    CHECK(text.out.back() == '\n');
    const std::string line = text.out.substr(at, text.out.size() - at - 1);
    const double lr = std::stod(line.substr(line.find('=') + 1));
    CHECK(lr > 1e-4);
    CHECK(lr < 3);
    CHECK(entries(folder) == std::vector<std::string>{"curve.png", "tiny.yaml"});
    const Picture picture = read_picture(folder / "curve.png", 3);
    CHECK(picture.width == 1120);

    const Finished again =
        call(folder, {"lr-find", "tiny.yaml", "data.count=2000", "--format", "json", "--threads", "1"});
    const json result = json::parse(again.out);
    CHECK(result.at("schema") == "cnnctl.lr-find/1");
    CHECK(result.at("suggestion").get<double>() == doctest::Approx(lr).epsilon(0.01));
    const json& points = result.at("points");
    CHECK(points.size() <= 100);
    CHECK(points.size() > 40);
    CHECK(points[0].at("lr").get<double>() == doctest::Approx(1e-7));
    CHECK(points[1].at("lr").get<double>() / points[0].at("lr").get<double>() ==
          doctest::Approx(std::pow(1e8, 1.0 / 99)));
    CHECK(points[0].at("loss") == points[0].at("smoothed"));

    const Finished trained = call(folder, {"train", "tiny.yaml", "--run-dir", "run", "train.epochs=10",
                                           "data.count=2000", line, "--format", "json"});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
    CHECK(json::parse(trained.out).at("val_top1").get<double>() > 0.9);
  }

  TEST_CASE("lr-find: more steps than an epoch has, several batches a step, and ends that make no sense") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const Finished few = call(folder, {"lr-find", "tiny.yaml", "--from", "1e-5", "--to", "1e-3", "--steps", "30",
                                       "train.accumulate=4", "train.epochs=1", "--format", "json"});
    REQUIRE_MESSAGE(few.code == 0, few.err);
    CHECK(json::parse(few.out).at("points").size() == 30);
    CHECK_FALSE(json::parse(few.out).at("diverged").get<bool>());
    const Finished turned = call(folder, {"lr-find", "tiny.yaml", "--from", "1", "--to", "0.1"});
    CHECK(turned.code == 2);
    CHECK(turned.err.find("--from 1 must be below --to 0.1") != std::string::npos);
    CHECK(call(folder, {"lr-find", "tiny.yaml", "--steps", "1"}).code == 2);
    CHECK(call(folder, {"lr-find", "tiny.yaml", "--png", "no/such/folder.png"}).code == 6);
  }

  TEST_CASE("config show --schedule: the rate over the training, in the terminal and as a picture") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const Finished shown = call(folder, {"config", "show", "tiny.yaml", "--schedule", "--png", "rate.png"});
    REQUIRE_MESSAGE(shown.code == 0, shown.err);
    CHECK(shown.out.starts_with("tiny: cosine, 3 epochs of 12 steps\n"));
    CHECK(longest_line(shown.out) <= 80);
    CHECK(shown.out.find("0.05 +*") != std::string::npos);
    CHECK(read_picture(folder / "rate.png", 3).height == 640);
    const Finished plateau = call(folder, {"config", "show", "tiny.yaml", "--schedule", "lr_scheduler=plateau"});
    CHECK(plateau.code == 0);
    CHECK(plateau.err.find("plateau follows results") != std::string::npos);
    CHECK(call(folder, {"config", "show", "tiny.yaml", "--png", "rate.png"}).code == 2);
    CHECK(call(folder, {"config", "show", "tiny.yaml"}).out.find("lr_scheduler") != std::string::npos);
  }

  TEST_CASE("checkpoint average: of the epochs of a run") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    REQUIRE(call(folder, {"train", "tiny.yaml", "--run-dir", "run", "checkpoint.every_epochs=1"}).code == 0);
    const std::string one = "run/checkpoints/epoch-002.safetensors", two = "run/checkpoints/epoch-003.safetensors";
    const Finished made = call(folder, {"checkpoint", "average", one, two, "--output", "mean.safetensors"});
    REQUIRE_MESSAGE(made.code == 0, made.err);
    CHECK(made.out == "mean.safetensors: the mean of 2 files\n");
    const Finished judged = call(folder, {"eval", "mean.safetensors", "--format", "json"});
    REQUIRE_MESSAGE(judged.code == 0, judged.err);
    CHECK(call(folder, {"checkpoint", "verify", "mean.safetensors"}).code == 0);
    CHECK(call(folder, {"checkpoint", "average", one, "--output", "x"}).code == 2);
    CHECK(call(folder, {"checkpoint", "average", one, two}).code == 2);
  }
}

}  // namespace cnnctl::testing
