// The mean of several checkpoints.
#include <doctest/doctest.h>

#include <limits>

#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/safetensors.hpp"
#include "checkpoint/small_network.hpp"

namespace cnnctl::testing {
namespace {

struct Values {
  std::string name;
  std::vector<float> values;
};

void write(const std::string& path, const std::vector<Values>& all) {
  std::vector<std::string> kept;
  std::vector<TensorToWrite> tensors;
  for (const Values& v : all) kept.push_back(bytes_of(v.values));
  for (std::size_t i = 0; i < all.size(); ++i)
    tensors.push_back({all[i].name, "F32", {static_cast<std::int64_t>(all[i].values.size())}, kept[i]});
  write_safetensors(path, {{"format", "pt"}}, tensors);
}

}  // namespace

TEST_SUITE("checkpoint") {
  TEST_CASE("average: of files of other programs, value by value") {
    const TemporaryFolder folder;
    write(folder / "a", {{"w", {1, 2}}, {"b", {0.5F}}});
    write(folder / "b", {{"w", {3, -4}}, {"b", {1}}});
    write(folder / "c", {{"w", {5, 5}}, {"b", {3}}});
    const std::vector<std::string> paths = {folder / "a", folder / "b", folder / "c"};
    average(paths, folder / "mean");
    const Safetensors mean = Safetensors::open(folder / "mean");
    CHECK(mean.doubles(*mean.find("w")) == std::vector<double>{3, 1});
    CHECK(mean.doubles(*mean.find("b")) == std::vector<double>{1.5});
    CHECK_FALSE(mean.metadata().contains("cnnctl.config"));
  }

  TEST_CASE("average: of cnnctl's, statistics as well; it says of itself what the last file says, without results") {
    const TemporaryFolder folder;
    Network a = bearers({"fc"}), b = bearers({"fc"}), mean = bearers({"fc"});
    fill(a, 1);
    fill(b, 2);
    CheckpointInfo info;
    info.class_names = {"cat", "dog"};
    info.metrics = R"({"val_loss":1})";
    info.progress.epoch = 3;
    save_model(folder / "a", a, info);
    info.progress.epoch = 4;
    const std::vector<real> momentum(static_cast<std::size_t>(b.flat_size()));
    const NamedState states[] = {{"momentum", const_cast<real*>(momentum.data())}};
    save_state(folder / "b", b, states, info);  // the optimizer's arrays are left out
    const std::vector<std::string> paths = {folder / "a", folder / "b"};
    average(paths, folder / "mean");
    const LoadReport report = load_model(folder / "mean", mean, true);
    CHECK(report.loaded == 3);
    for (std::size_t p = 0; p < 3; ++p) {
      const std::vector<real> x = a.export_values(p), y = b.export_values(p), z = mean.export_values(p);
      for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(z[i] == static_cast<real>((static_cast<double>(x[i]) + static_cast<double>(y[i])) / 2));
    }
    CHECK(Safetensors::open(folder / "mean").tensors().size() == 3);
    const CheckpointInfo said = read_info(folder / "mean");
    CHECK(said.progress.epoch == 4);
    CHECK(said.class_names == info.class_names);
    CHECK(said.metrics == "{}");
    info.class_names = {"dog", "cat"};
    save_model(folder / "other", b, info);
    const std::vector<std::string> mixed = {folder / "a", folder / "other"};
    CHECK(message_of<CheckpointError>([&] { average(mixed, folder / "none"); }).find("trained for other classes") !=
          std::string::npos);
  }

  TEST_CASE("average: what does not fit is named, and nothing is written") {
    const TemporaryFolder folder;
    write(folder / "a", {{"w", {1, 2}}, {"b", {0.5F}}, {"more", {1}}});
    write(folder / "b", {{"w", {3}}, {"b", {1}}, {"lacks", {1}}});
    write(folder / "nan", {{"w", {3}}, {"b", {std::numeric_limits<float>::quiet_NaN()}}, {"lacks", {1}}});
    const auto message = [&](const std::string& first) {
      const std::vector<std::string> paths = {folder / first, folder / "b"};
      return message_of<CheckpointError>([&] { average(paths, folder / "mean"); });
    };
    const std::string text = message("a");
    CHECK(text.find("missing here: lacks") != std::string::npos);
    CHECK(text.find("only here: more") != std::string::npos);
    CHECK(text.find("w: F32 2 here, F32 1 there") != std::string::npos);
    CHECK(message("nan").find("holds 1 value that is not finite, the first in 'b'") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder / "mean"));
  }
}

}  // namespace cnnctl::testing
