#include "checkpoint/info.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>

#include "base/temporary_folder.hpp"
#include "checkpoint/raw_file.hpp"

using cnnctl::testing::message_of;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

/// What read_info says of sound metadata with one key changed; empty value: the key removed.
std::string complaint_about(const std::string& key, const std::string& value) {
  const TemporaryFolder folder;
  Metadata metadata = to_metadata({});
  if (value.empty())
    metadata.erase(key);
  else
    metadata[key] = value;
  write_safetensors(folder / "f", metadata, {});
  const std::string message = message_of<CheckpointError>([&] { read_info(folder / "f"); });
  const std::string beginning = folder / "f" + ": error: ";
  return message.starts_with(beginning) ? message.substr(beginning.size()) : "?? " + message;
}

CheckpointInfo there_and_back(const CheckpointInfo& info) {
  const TemporaryFolder folder;
  write_safetensors(folder / "f", to_metadata(info), {});
  return read_info(folder / "f");
}

}  // namespace

TEST_SUITE("checkpoint") {
  TEST_CASE("info: nothing at all comes back as nothing at all") {
    const CheckpointInfo info = there_and_back({});
    CHECK(info.config.empty());
    CHECK(info.class_names.empty());
    CHECK(info.pipeline == Pipeline{});
    CHECK(info.metrics == "{}");
    CHECK(info.progress.best_epoch == -1);
  }

  TEST_CASE("info: numbers that JSON does not know come back too") {
    CheckpointInfo info;
    info.progress.best_value = -std::numeric_limits<double>::infinity();
    info.progress.sums["loss"] = {5e-324, std::numeric_limits<double>::infinity()};
    CHECK(there_and_back(info).progress.best_value == info.progress.best_value);
    CHECK(there_and_back(info).progress.sums == info.progress.sums);
    info.progress.best_value = std::nan("");
    CHECK(std::isnan(there_and_back(info).progress.best_value));
  }

  TEST_CASE("info: sums of format 1, and of the times when every sample counted once") {
    const auto sums_of = [](const std::string& fields) {
      const TemporaryFolder folder;
      Metadata metadata = to_metadata({});
      metadata["cnnctl.format"] = "1";
      metadata["cnnctl.progress"] =
          R"({"epoch":2,"step_in_epoch":3,"step":17,"seen":31,"best_epoch":0,"best_value":0.5,)"
          R"("epochs_without_improvement":1,)" +
          fields + "}";
      write_safetensors(folder / "f", metadata, {});
      return read_info(folder / "f").progress.sums;
    };
    using Sums = std::map<std::string, std::vector<double>>;
    CHECK(sums_of(R"("loss_sum":12.5,"loss_weight":98.5,"correct":20)") ==
          Sums{{"loss", {12.5, 98.5}}, {"top1", {20, 31}}});
    CHECK(sums_of(R"("loss_sum":"inf","correct":20)") ==
          Sums{{"loss", {std::numeric_limits<double>::infinity(), 31}}, {"top1", {20, 31}}});
  }

  TEST_CASE("info: doubles survive exactly") {
    CheckpointInfo info;
    double value = 0.1;
    for (int i = 0; i < 1000; ++i)
      info.pipeline.normalization.mean.push_back(value = std::nextafter(value * 1.01, 1e9));
    info.pipeline.normalization.std = info.pipeline.normalization.mean;
    CHECK(there_and_back(info).pipeline == info.pipeline);
  }

  TEST_CASE("info: the pipeline comes back; files from before it have a normalisation alone") {
    CheckpointInfo info;
    info.pipeline = {.picture = {3, 40, 30},
                     .fit = Pipeline::Fit::cover,
                     .input = {3, 32, 30},
                     .normalization = {{0.5, 0.25, 0.125}, {1, 2, 3}}};
    CHECK(there_and_back(info).pipeline == info.pipeline);
    Metadata metadata = to_metadata(info);
    CHECK(metadata.at("cnnctl.pipeline") ==
          R"({"fit":"cover","input":[3,32,30],"orientation":"ignore","picture":[3,40,30]})");
    metadata.erase("cnnctl.pipeline");
    const TemporaryFolder folder;
    write_safetensors(folder / "f", metadata, {});
    Pipeline old;
    old.normalization = info.pipeline.normalization;
    CHECK(read_info(folder / "f").pipeline == old);
    for (const char* const value :
         {"[", "{}", R"({"fit":"x","input":[3,32,30],"orientation":"ignore","picture":[3,40,30]})",
          R"({"fit":"cover","input":[3,32,31],"picture":[3,40,30]})",
          R"({"fit":"cover","input":[3,0,30],"picture":[3,40,30]})", R"({"fit":"cover","input":[],"picture":[]})"})
      CHECK(complaint_about("cnnctl.pipeline", value).starts_with("its metadata cnnctl.pipeline is damaged: "));
  }

  TEST_CASE("info: a file of another program has none") {
    CHECK(complaint_about("cnnctl.format", "") ==
          "holds weights of another program, without a configuration (no cnnctl.format in its metadata); "
          "`cnnctl train --init-from` can start from them");
  }

  TEST_CASE("info: a newer format is named with both versions") {
    const TemporaryFolder folder;
    Metadata metadata = to_metadata({});
    const std::string own = metadata.at("cnnctl.version");
    metadata["cnnctl.format"] = "3";
    metadata["cnnctl.version"] = "7.1.0";
    write_safetensors(folder / "f", metadata, {});
    CHECK(message_of<CheckpointError>([&] { read_info(folder / "f"); }) ==
          folder / "f" + ": error: has format 3, written by cnnctl 7.1.0; this is cnnctl " + own +
              ", which reads formats up to 2: use a newer cnnctl");
    CHECK(complaint_about("cnnctl.format", "one") == "its format is 'one', expected a number");
    CHECK(complaint_about("cnnctl.format", "0") == "its format is '0', expected a number");
    CHECK(complaint_about("cnnctl.format", "1x") == "its format is '1x', expected a number");
  }

  TEST_CASE("info: metadata that is missing or makes no sense") {
    CHECK(complaint_about("cnnctl.config", "") == "its metadata has no cnnctl.config");
    CHECK(complaint_about("cnnctl.progress", "") == "its metadata has no cnnctl.progress");
    CHECK(complaint_about("cnnctl.metrics", "[]") == "its metadata cnnctl.metrics is damaged: an object is expected");
    CHECK(complaint_about("cnnctl.normalization", R"({"mean":[1],"std":[]})") ==
          "its metadata cnnctl.normalization is damaged: mean and std differ in length");
    for (const char* value : {"[", "{}", "7", R"({"mean":"x","std":[]})"})
      CHECK(
          complaint_about("cnnctl.normalization", value).starts_with("its metadata cnnctl.normalization is damaged: "));
    for (const char* value : {"[1]", "{}", "null", "["})
      CHECK(complaint_about("cnnctl.classes", value).starts_with("its metadata cnnctl.classes is damaged: "));
    for (const char* value : {"[1]", "{}", "{\"epoch\":1}", "[", "{\"sums\":[1]}"})
      CHECK(complaint_about("cnnctl.progress", value).starts_with("its metadata cnnctl.progress is damaged: "));
  }

  TEST_CASE("info: counters are whole and in range") {
    const std::string sound = to_metadata({}).at("cnnctl.progress");
    const auto with_epoch = [&](const std::string& value) {
      std::string text = sound;
      text.replace(text.find("\"epoch\":0"), 9, "\"epoch\":" + value);
      return complaint_about("cnnctl.progress", text);
    };
    CHECK(with_epoch("7") == "?? nothing was thrown");
    for (const char* value : {"1.5", "-2", "18446744073709551615", "\"1\"", "null"})
      CHECK(with_epoch(value) ==
            std::string("its metadata cnnctl.progress is damaged: a count is expected, not ") + value);
  }
}
}  // namespace cnnctl
