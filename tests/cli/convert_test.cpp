// cnnctl checkpoint convert --linear-to-conv: the same scores at the original size, and larger pictures besides.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/checkpoint.hpp"
#include "cli/binary.hpp"
#include "cli/model.hpp"
#include "experiment/program_options.hpp"
#include "graph/program.hpp"
#include "model/linear_to_conv.hpp"
#include "model/read_model.hpp"
#include "paths.hpp"

namespace cnnctl {
namespace {

using testing::TemporaryFolder;

/// Outputs of a network whose parameters are drawn from a seed, for one picture.
std::vector<real> scores(Network& network, const std::vector<real>& picture) {
  const Workers workers(2);
  Program program(plan_inference(network, workers, Settings(), 1), network, workers);
  std::copy(picture.begin(), picture.end(), program.input().data);
  program.refresh();
  program.forward(1);
  const ConstView output = program.outputs()[0];
  return {output.data, output.data + output.count()};
}

std::vector<real> drawn(const Shape& shape) {
  std::vector<real> picture(static_cast<std::size_t>(shape.count()));
  Rng rng(5, Purpose::synthetic);
  for (real& value : picture) value = rng.uniform(-1, 1);
  return picture;
}

/// The network with the weights of another, by name.
Network with_values(ModelSpec spec, const Network& from) {
  Network network(std::move(spec));
  for (std::size_t i = 0; i < network.parameters().size(); ++i)
    for (std::size_t k = 0; k < from.parameters().size(); ++k)
      if (from.parameters()[k].name == network.parameters()[i].name) network.import_values(i, from.export_values(k));
  return network;
}

void check_same_scores(const ModelSpec& spec) {
  Network network(spec);
  network.initialise(3);
  Network converted = with_values(fully_convolutional(network, false), network);
  CHECK(converted.trainable_count() == network.trainable_count());
  const std::vector<real> picture = drawn(network.input());
  const std::vector<real> a = scores(network, picture), b = scores(converted, picture);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(static_cast<double>(b[i]) == doctest::Approx(static_cast<double>(a[i])).epsilon(1e-4));
}

constexpr const char* kHead =
    "model:\n  input: [3, 10, 12]\n  layers:\n"
    "    - conv2d: {name: conv, out_channels: 4, kernel_size: 3, padding: 1}\n    - relu\n    - max_pool2d: 2\n";

std::string mistake(const std::string& layers) {
  const Network network(testing::read(kHead + layers), Network::Memory::later);
  try {
    fully_convolutional(network, false);
  } catch (const ConfigError& error) {
    return error.diagnostics().front().message;
  }
  return "";
}

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("a network that became fully convolutional gives the same scores at the original size") {
    const std::vector<std::string> heads{
        "    - flatten\n    - linear: 7\n",
        "    - flatten\n    - relu\n    - dropout: 0.5\n    - linear: {name: fc1, out_features: 9}\n"
        "    - batch_norm1d\n    - relu\n    - linear: {name: fc2, out_features: 5, bias: false}\n",
        "    - global_avg_pool\n    - flatten\n    - linear: 5\n",
        "    - global_max_pool\n    - linear: 5\n    - softmax\n",
        "    - adaptive_avg_pool2d: [5, 6]\n    - flatten\n    - linear: 4\n",
        "    - adaptive_avg_pool2d: [5, 3]\n    - relu\n    - flatten\n    - linear: 4\n",
        "    - adaptive_max_pool2d: [1, 2]\n    - flatten\n    - linear: 4\n",
        "    - conv2d: {out_channels: 5, kernel_size: 1}\n    - global_avg_pool\n",
        "    - flatten\n    - linear: {name: a, out_features: 6}\n    - linear: {name: b, out_features: 6}\n"
        "    - add: {inputs: [a, b]}\n    - linear: 3\n"};
    for (const std::string& head : heads) {
      CAPTURE(head);
      check_same_scores(testing::read(kHead + head));
    }
  }

  TEST_CASE("networks of the zoo become fully convolutional") {
    for (const char* const name : {"alexnet", "vgg11", "resnet18", "squeezenet1_1", "densenet121", "mobilenet_v2"}) {
      CAPTURE(name);
      std::vector<std::string> small{"model.params.classes=5"};
      if (std::string(name) == "vgg11" || std::string(name) == "alexnet") small.push_back("model.params.hidden=16");
      check_same_scores(
          load_experiment(fmt::format("{}/configs/zoo/{}.yaml", testing::kSourceFolder, name), small).model);
    }
  }

  TEST_CASE("on larger pictures the scores of all places are averaged, or kept as a map") {
    Network network(testing::read(kHead + std::string("    - flatten\n    - linear: {name: fc, out_features: 3}\n")));
    network.initialise(3);
    ModelSpec mean = fully_convolutional(network, false), map = fully_convolutional(network, true);
    mean.inputs[0].shape = map.inputs[0].shape = {3, 14, 18};
    Network averaged = with_values(mean, network), mapped = with_values(map, network);
    CHECK(mapped.output() == Shape{3, 3, 4});
    CHECK(averaged.output() == Shape{3});
    const std::vector<real> picture = drawn({3, 14, 18});
    const std::vector<real> places = scores(mapped, picture), means = scores(averaged, picture);
    for (std::size_t c = 0; c < 3; ++c) {
      double sum = 0;
      for (std::size_t p = 0; p < 12; ++p) sum += static_cast<double>(places[p * 3 + c]);
      CHECK(static_cast<double>(means[c]) == doctest::Approx(sum / 12).epsilon(1e-5));
    }
  }

  TEST_CASE("what has no counterpart on larger pictures is refused, with its layer") {
    CHECK(mistake("    - conv2d: {out_channels: 4, kernel_size: 1}\n") ==
          "no layer joins the positions of a picture: the network is as it was");
    CHECK(mistake("    - reshape: {shape: [4, 30]}\n    - lstm: {hidden_size: 3, output: last}\n    - linear: 2\n") ==
          "layer 'reshape_1' (reshape) has no counterpart on larger pictures: it makes 4x30 of 4x5x6");
    CHECK(mistake("    - flatten\n    - batch_norm1d\n    - linear: 2\n") ==
          "layer 'batch_norm1d_1' (batch_norm1d) has no counterpart on larger pictures: it reads a vector of 120 "
          "values, of 4 at each position of a picture");
    CHECK(mistake("    - adaptive_avg_pool2d: 3\n    - flatten\n    - linear: 2\n") ==
          "layer 'adaptive_avg_pool2d_1' (adaptive_avg_pool2d) has no counterpart on larger pictures: it pools 5x6 in "
          "3x3 windows that are not all of one size");
    CHECK(mistake("    - flatten\n") ==
          "layer 'flatten_1' (flatten) has no counterpart on larger pictures: it flattens a picture, and no linear "
          "layer reads it");
  }

  TEST_CASE("eval and infer work on a converted checkpoint, at its size and at a larger one") {
    const TemporaryFolder folder;
    const std::string config = folder.write(
        "c.yaml",
        "data: {format: synthetic, classes: 3, count: 96, test_count: 30, shape: [1, 12, 12]}\n"
        "model:\n  input: [1, 12, 12]\n  layers: [conv2d: {out_channels: 4, kernel_size: 3}, relu, flatten, "
        "linear: {name: fc, out_features: 3}]\ntrain: {epochs: 2}\n");
    REQUIRE(testing::call(folder, {"train", config, "--run-dir", "run"}).code == 0);
    const auto convert = [&](const std::vector<std::string>& more) {
      std::vector<std::string> words{"checkpoint", "convert", "run", "--output", "fcn.safetensors"};
      words.insert(words.end(), more.begin(), more.end());
      return testing::call(folder, words);
    };
    CHECK(convert({}).code == 2);
    const auto converted = convert({"--linear-to-conv"});
    REQUIRE(converted.code == 0);
    CHECK(converted.out == ("fcn.safetensors: fully convolutional, 1x12x12 to 3, 1,243 parameters\n"));
    const auto eval = [&](const std::string& what) {
      const auto result = testing::call(folder, {"eval", what, "--format", "json"});
      REQUIRE(result.code == 0);
      return nlohmann::json::parse(result.out);
    };
    const auto before = eval("run"), after = eval("fcn.safetensors");
    CHECK(after["top1"] == before["top1"]);
    CHECK(after["loss"].get<double>() == doctest::Approx(before["loss"].get<double>()).epsilon(1e-4));
    REQUIRE(convert({"--linear-to-conv", "--size", "16,20"}).code == 0);
    CHECK(eval("fcn.safetensors")["samples"] == 30);
    CHECK(convert({"--linear-to-conv", "--size", "8"}).code == 2);
    CHECK(testing::call(folder, {"checkpoint", "verify", "fcn.safetensors"}).code == 0);
  }
}

}  // namespace cnnctl
