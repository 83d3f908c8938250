#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <tuple>

#include "base/file.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/small_network.hpp"

using cnnctl::testing::bearers;
using cnnctl::testing::bytes_of;
using cnnctl::testing::fill;
using cnnctl::testing::message_of;
using cnnctl::testing::TemporaryFolder;
using cnnctl::testing::values_of;

namespace cnnctl {
namespace {

CheckpointInfo some_info() {
  CheckpointInfo info;
  info.config = "name: lenet\nseed: 42\n";
  info.class_names = {"T-shirt/top", "\xC3\x84rmel", "a \"b\""};
  info.pipeline.picture = {2, 30, 40};
  info.pipeline.fit = Pipeline::Fit::cover;
  info.pipeline.input = {2, 28, 28};
  info.pipeline.normalization = {{0.1, 1.0 / 3}, {0.30810001, 2e-300}};
  info.progress = {3,
                   17,
                   2831,
                   64,
                   {{"loss", {1234.5678901234567, 98.7}}, {"top1", {31, 64}}},
                   2,
                   0.1 + 0.2,
                   1,
                   2,
                   0.25,
                   {0.5, 0.1, 1, 2},
                   5};
  info.metrics = R"({"loss":0.25})";
  return info;
}

void check_equal(const CheckpointInfo& a, const CheckpointInfo& b) {
  CHECK(a.config == b.config);
  CHECK(a.class_names == b.class_names);
  CHECK(a.pipeline == b.pipeline);
  CHECK(a.metrics == b.metrics);
  const auto counts = [](const TrainingProgress& p) {
    return std::tuple(p.epoch, p.step_in_epoch, p.step, p.seen, p.best_epoch, p.best_value,
                      p.epochs_without_improvement, p.rollbacks, p.rate_factor, p.averaged);
  };
  CHECK(counts(a.progress) == counts(b.progress));
  CHECK(a.progress.sums == b.progress.sums);
  CHECK(a.progress.noted == b.progress.noted);
}

/// Writes the tensors of another program: names, shapes, and values from 1 on; no metadata of cnnctl.
void write_foreign(const std::string& path, const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& all) {
  std::vector<std::string> kept;
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, shape] : all) {
    std::vector<float> values(static_cast<std::size_t>(TensorEntry{"", "", shape}.count()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
    kept.push_back(bytes_of(values));
  }
  for (std::size_t i = 0; i < all.size(); ++i) tensors.push_back({all[i].first, "F32", all[i].second, kept[i]});
  write_safetensors(path, {{"format", "pt"}}, tensors);
}

/// An optimizer's array with a value of its own in every place that belongs to a parameter.
std::vector<real> some_state(const Network& network, double start) {
  std::vector<real> flat(static_cast<std::size_t>(network.flat_size()));
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    const Parameter& parameter = network.parameters()[i].parameter;
    if (!parameter.trainable()) continue;
    std::vector<real> values(static_cast<std::size_t>(parameter.count()));
    for (real& value : values) value = static_cast<real>(start += 0.7);
    network.import_flat(i, values, flat.data());
  }
  return flat;
}

}  // namespace

TEST_SUITE("checkpoint") {
  TEST_CASE("save and load: a model comes back bit by bit, with all that it says about itself") {
    const TemporaryFolder folder;
    Network saved = bearers({"conv1", "layer1.0.fc"}), loaded = bearers({"conv1", "layer1.0.fc"});
    fill(saved, 1);
    save_model(folder / "m", saved, some_info());
    const LoadReport report = load_model(folder / "m", loaded, true);
    CHECK(report.loaded == 6);
    CHECK(values_of(loaded) == values_of(saved));
    CHECK(loaded.hash() == saved.hash());
    const CheckpointInfo info = read_info(folder / "m");
    check_equal(info, some_info());
    CHECK(!info.tool_version.empty());
  }

  TEST_CASE("save and load: a model's file is exactly its state dict, in PyTorch's order of values") {
    const TemporaryFolder folder;
    Network network = bearers({"fc"});
    fill(network, 0);
    save_model(folder / "m", network, {});
    const Safetensors file = Safetensors::open(folder / "m");
    CHECK(file.metadata().at("format") == "pt");
    REQUIRE(file.tensors().size() == 3);
    CHECK(file.find("fc.weight")->shape == std::vector<std::int64_t>{2, 3});
    CHECK(file.reals(*file.find("fc.weight")) == network.export_values(0));
    CHECK(file.find("fc.running_mean")->shape_str() == "2");
  }

  TEST_CASE("save and load: the same state gives the same bytes") {
    const TemporaryFolder folder;
    Network network = bearers({"a", "b"});
    fill(network, 1);
    save_model(folder / "1", network, some_info());
    save_model(folder / "2", network, some_info());
    CHECK(read_file(folder / "1") == read_file(folder / "2"));
  }

  TEST_CASE("save and load: a training state brings back the optimizer's arrays") {
    const TemporaryFolder folder;
    Network saved = bearers({"a", "b"}), loaded = bearers({"a", "b"});
    fill(saved, 1);
    std::vector<real> momentum = some_state(saved, 5), second = some_state(saved, 9);
    const NamedState states[] = {{"exp_avg", momentum.data()}, {"exp_avg_sq", second.data()}};
    save_state(folder / "s", saved, states, some_info());

    std::vector<real> momentum_back(momentum.size()), second_back(second.size());
    const NamedState back[] = {{"exp_avg", momentum_back.data()}, {"exp_avg_sq", second_back.data()}};
    check_equal(load_state(folder / "s", loaded, back), some_info());
    CHECK(values_of(loaded) == values_of(saved));
    CHECK(momentum_back == momentum);
    CHECK(second_back == second);
    const Safetensors file = Safetensors::open(folder / "s");
    CHECK(file.tensors().size() == 6 + 2 * 4);  // no state for what is not trained
    CHECK(file.find("optimizer.exp_avg.a.weight") != nullptr);
  }

  TEST_CASE("save and load: a training state serves as a model too") {
    const TemporaryFolder folder;
    Network saved = bearers({"a"}), loaded = bearers({"a"});
    fill(saved, 1);
    std::vector<real> momentum = some_state(saved, 5);
    const NamedState states[] = {{"momentum", momentum.data()}};
    save_state(folder / "s", saved, states, some_info());
    CHECK(load_model(folder / "s", loaded, true).loaded == 3);
    CHECK(values_of(loaded) == values_of(saved));
  }

  TEST_CASE("save and load: a training state must fit exactly, or nothing changes") {
    const TemporaryFolder folder;
    Network saved = bearers({"a"}), loaded = bearers({"a"});
    fill(saved, 1);
    fill(loaded, 50);
    const auto before = values_of(loaded);
    std::vector<real> momentum = some_state(saved, 5), back(momentum.size());
    const NamedState states[] = {{"momentum", momentum.data()}}, other[] = {{"exp_avg", back.data()}};
    save_state(folder / "s", saved, states, some_info());
    CHECK(message_of<CheckpointError>([&] { load_state(folder / "s", loaded, other); }) ==
          folder / "s" +
              ": error: does not fit the network\n"
              "  missing in the file: optimizer.exp_avg.a.weight, optimizer.exp_avg.a.bias\n"
              "  not in the network: optimizer.momentum.a.bias, optimizer.momentum.a.weight");
    CHECK(values_of(loaded) == before);
    CHECK(back == std::vector<real>(momentum.size()));
  }

  TEST_CASE("load: everything that does not fit is said in one go, and nothing changes") {
    const TemporaryFolder folder;
    Network network = bearers({"fc", "head"});
    fill(network, 1);
    const auto before = values_of(network);
    write_foreign(folder / "m", {{"fc.weight", {4, 3}},
                                 {"fc.bias", {2}},
                                 {"fc.running_mean", {2}},
                                 {"old.weight", {1}},
                                 {"head.weight", {2, 3}},
                                 {"head.bias", {}},
                                 {"fc.num_batches_tracked", {}}});
    CHECK(message_of<CheckpointError>([&] { load_model(folder / "m", network, true); }) ==
          folder / "m" +
              ": error: does not fit the network\n"
              "  missing in the file: head.running_mean\n"
              "  not in the network: old.weight\n"
              "  other shape or type: fc.weight: 4x3 in the file, 2x3 in the network; "
              "head.bias: scalar in the file, 2 in the network");
    CHECK(values_of(network) == before);
  }

  TEST_CASE("load: what fits is loaded when that is asked for, the rest reported and left alone") {
    const TemporaryFolder folder;
    Network network = bearers({"fc", "head"});
    fill(network, 1);
    const auto before = values_of(network);
    write_foreign(folder / "m", {{"fc.weight", {2, 3}}, {"fc.bias", {3}}, {"optimizer.x", {1}}});
    const LoadReport report = load_model(folder / "m", network, false);
    CHECK(report.loaded == 1);
    CHECK(report.missing ==
          std::vector<std::string>{"fc.running_mean", "head.weight", "head.bias", "head.running_mean"});
    CHECK(report.unexpected == std::vector<std::string>{"optimizer.x"});
    CHECK(report.mismatched == std::vector<std::string>{"fc.bias: 3 in the file, 2 in the network"});
    CHECK(network.export_values(0) == std::vector<real>{1, 2, 3, 4, 5, 6});
    for (std::size_t i = 1; i < 6; ++i) CHECK(network.export_values(i) == before[i]);
  }

  TEST_CASE("load: what wrapped the model when it was saved is seen through") {
    const TemporaryFolder folder;
    for (const std::string wrapping :
         {"", "module.", "_orig_mod.", "model.", "state_dict.", "module._orig_mod.", "state_dict.model.module."}) {
      CAPTURE(wrapping);
      Network network = bearers({"layer1.0.fc", "fc"});
      write_foreign(folder / "m", {{wrapping + "layer1.0.fc.weight", {2, 3}},
                                   {wrapping + "fc.weight", {2, 3}},
                                   {wrapping + "fc.bias", {2}},
                                   {wrapping + "fc.num_batches_tracked", {}},
                                   {"optimizer.step", {}}});
      const LoadReport report = load_model(folder / "m", network, false);
      CHECK(report.wrapping == wrapping);
      CHECK(report.loaded == 3);
      CHECK(report.unexpected == std::vector<std::string>{"optimizer.step"});
      CHECK(network.export_values(3) == std::vector<real>{1, 2, 3, 4, 5, 6});
    }
  }

  TEST_CASE("load: a network's own name is no wrapping, and of two wrapped models the one that fits is taken") {
    const TemporaryFolder folder;
    Network network = bearers({"model", "model.fc"});
    write_foreign(folder / "m", {{"model.weight", {2, 3}}, {"model.fc.weight", {2, 3}}, {"model.fc.bias", {2}}});
    CHECK(load_model(folder / "m", network, false).wrapping.empty());
    write_foreign(folder / "m", {{"net.model.weight", {2, 3}}, {"net.model.fc.bias", {2}}, {"model.fc.bias", {2}}});
    const LoadReport report = load_model(folder / "m", network, false);
    CHECK(report.wrapping == "net.");
    CHECK(report.unexpected == std::vector<std::string>{"model.fc.bias"});
  }

  TEST_CASE("load: a file of which nothing fits is an error, strict or not, and long lists are cut") {
    const TemporaryFolder folder;
    Network network = bearers({"a", "b", "c"});
    fill(network, 1);
    const auto before = values_of(network);
    write_foreign(folder / "m", {{"encoder.weight", {2}}, {"a.weight", {3, 2}}});
    CHECK(message_of<CheckpointError>([&] { load_model(folder / "m", network, false); }) ==
          folder / "m" +
              ": error: has nothing that fits the network\n"
              "  the network has: a.bias, a.running_mean, b.weight, b.bias, b.running_mean, c.weight and 2 more\n"
              "  the file has: encoder.weight\n"
              "  other shape or type: a.weight: 3x2 in the file, 2x3 in the network");
    CHECK(values_of(network) == before);
  }

  TEST_CASE("load: integers are no weights") {
    const TemporaryFolder folder;
    Network network = bearers({"a"});
    const std::string six = bytes_of<std::int32_t>({1, 2, 3, 4, 5, 6}), two = bytes_of<float>({1, 2});
    write_safetensors(
        folder / "m", {},
        {{"a.weight", "I32", {2, 3}, six}, {"a.bias", "F32", {2}, two}, {"a.running_mean", "F32", {2}, two}});
    CHECK(message_of<CheckpointError>([&] { load_model(folder / "m", network, true); }) ==
          folder / "m" +
              ": error: does not fit the network\n  other shape or type: a.weight: I32 in the file, floats in the "
              "network");
  }

  TEST_CASE("load: half precision and double are converted") {
    const TemporaryFolder folder;
    Network network = bearers({"a"});
    const std::string six = bytes_of<std::uint16_t>({0x3C00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600}),
                      two = bytes_of<double>({0.25, -8}), brain = bytes_of<std::uint16_t>({0x3F80, 0x4000});
    write_safetensors(
        folder / "m", {},
        {{"a.weight", "F16", {2, 3}, six}, {"a.bias", "F64", {2}, two}, {"a.running_mean", "BF16", {2}, brain}});
    load_model(folder / "m", network, true);
    CHECK(values_of(network) == std::vector<std::vector<real>>{{1, 2, 3, 4, 5, 6}, {0.25, -8}, {1, 2}});
  }

  TEST_CASE("load: values that are not finite are refused with their number and place, and nothing changes") {
    const TemporaryFolder folder;
    Network network = bearers({"a"}), sick = bearers({"a"});
    fill(network, 1);
    const auto before = values_of(network);
    fill(sick, 1);
    const real infinity = std::numeric_limits<real>::infinity();
    sick.import_values(1, std::vector<real>{std::nan(""), -infinity});
    save_model(folder / "m", sick, some_info());
    CHECK(message_of<CheckpointError>([&] { load_model(folder / "m", network, true); }) ==
          folder / "m" + ": error: holds 2 values that are not finite, the first in 'a.bias'");
    CHECK(values_of(network) == before);
    sick.import_values(1, std::vector<real>{0, infinity});
    save_model(folder / "m", sick, some_info());
    CHECK(message_of<CheckpointError>([&] { load_model(folder / "m", network, false); }) ==
          folder / "m" + ": error: holds 1 value that is not finite, the first in 'a.bias'");
  }
}
}  // namespace cnnctl
