// The networks of configs/zoo are torchvision's: zoo.txt holds what torchvision itself says of their parameters, and is
// written by scripts/peers/zoo_parity.py. A configuration may take one of them for its model.
#include "model/zoo.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "experiment/experiment.hpp"
#include "model/network.hpp"
#include "paths.hpp"

namespace cnnctl::testing {
namespace {

/// A line of zoo.txt.
struct ZooEntry {
  std::string name;
  std::int64_t numbers = 0;
  std::size_t tensors = 0;
  std::string code;
};

std::vector<ZooEntry> zoo_table() {
  std::ifstream file(kSourceFolder + "/tests/experiment/zoo.txt");
  std::vector<ZooEntry> table;
  for (ZooEntry e; file >> e.name >> e.numbers >> e.tensors >> e.code;) table.push_back(e);
  return table;
}

/// FNV-1a of names and shapes, a line each, in the network's order.
std::string code_of(const Network& network) {
  std::string text;
  for (const NamedParameter& p : network.parameters()) {
    text += p.name;
    for (const std::int64_t size : p.parameter.shape) text += fmt::format(" {}", size);
    text += '\n';
  }
  std::uint64_t code = 0xcbf29ce484222325;
  for (const char c : text) code = (code ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", code);
}

Network plan(const Experiment& experiment) { return Network(experiment.model, Network::Memory::later); }

Experiment with_model(const std::string& model, const std::string& shape = "[3, 64, 64]") {
  return parse_experiment(fmt::format("data: {{format: synthetic, shape: {}, classes: 2, count: 8}}\nmodel: {}\n"
                                      "train: {{epochs: 1}}\n",
                                      shape, model),
                          "own.yaml", {});
}

std::string mistake(const std::string& model) {
  try {
    with_model(model);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_SUITE("experiment") {
  TEST_CASE("each network of the zoo has torchvision's parameters, in its order") {
    const std::vector<ZooEntry> table = zoo_table();
    CHECK(table.size() >= 21);
    for (const ZooEntry& entry : table) {
      CAPTURE(entry.name);
      const Network network = plan(load_experiment(kSourceFolder + "/configs/zoo/" + entry.name + ".yaml", {}));
      CHECK(network.trainable_count() == entry.numbers);
      CHECK(network.parameters().size() == entry.tensors);
      CHECK(code_of(network) == entry.code);
    }
  }

  TEST_CASE("classic networks have as many parameters as their papers say, or as they can be counted") {
    const auto count = [](const std::string& name, const std::vector<std::string>& overrides = {}) {
      return plan(load_experiment(kSourceFolder + "/configs/zoo/" + name + ".yaml", overrides)).trainable_count();
    };
    CHECK(count("lenet5") == 60'000 + 84 * 10 + 10);  // LeCun 1998: 60,000 up to F6
    CHECK(count("alexnet_2012") == 60'965'224);       // of Caffe's bvlc_alexnet
    CHECK(count("vgg11_lrn") == 132'863'336);
    CHECK(count("vgg16_c") == 133'047'848 + 65'792 + 2 * 262'656);  // of vgg13, and its three convolutions of 1x1
    CHECK(count("resnet56") == 853'018);
    CHECK(count("resnet56", {"model.params.pad=false", "model.params.project=true"}) == 855'770);
    CHECK(count("densenet40") == 1'019'722);
    CHECK(count("all_cnn_c") == 1'369'738);
    CHECK(count("lstm_rows") == 2 * 4 * 128 * (28 + 128 + 2) + 2 * 4 * 128 * (256 + 128 + 2) + 2570);
    CHECK(count("denoising_autoencoder") == 320 + 18'496 + 200'768 + 203'840 + 18'464 + 289);
    const auto pair = [](std::int64_t in, std::int64_t out) { return 9 * out * (in + out) + 4 * out; };
    const std::int64_t up = (4 * 128 + 1) * 64 + (4 * 64 + 1) * 32 + (4 * 32 + 1) * 16;
    CHECK(count("unet") == pair(3, 16) + pair(16, 32) + pair(32, 64) + pair(64, 128) + up + pair(128, 64) +
                               pair(64, 32) + pair(32, 16) + 17 * 4);
  }

  TEST_CASE("LeNet-5's third layer reads the maps of the paper's table") {
    const Network network = plan(load_experiment(kSourceFolder + "/configs/zoo/lenet5.yaml", {}));
    std::int64_t numbers = 0;
    for (const NamedParameter& p : network.parameters())
      if (p.name.starts_with("c3.")) numbers += p.parameter.count();
    CHECK(numbers == 1516);
  }

  TEST_CASE("the first weights of each network are torchvision's") {
    // Of a parameter: the standard deviation of torchvision's formula, and the share of it that is allowed for chance.
    struct First {
      std::string net, parameter;
      double deviation;
    };
    const auto out = [](double filters, double taps) { return std::sqrt(2 / (filters * taps)); };  // kaiming, fan_out
    const auto uniform = [](double bound) { return bound / std::sqrt(3.0); };
    const std::vector<First> table = {
        {"resnet18", "conv1.weight", out(64, 49)},
        {"resnet34", "layer3.1.conv1.weight", out(256, 9)},
        {"resnet50", "layer4.0.conv3.weight", out(2048, 1)},
        {"resnet101", "layer4.2.conv2.weight", out(512, 9)},
        {"resnext50_32x4d", "layer3.1.conv2.weight", out(512, 9)},
        {"wide_resnet50_2", "layer2.0.downsample.0.weight", out(512, 1)},
        {"resnet50", "fc.weight", uniform(1 / std::sqrt(2048.0))},
        {"vgg16", "features.28.weight", out(512, 9)},
        {"vgg16", "features.28.bias", 0},
        {"vgg16_bn", "classifier.3.weight", 0.01},
        {"vgg11_bn", "features.25.bias", 0},
        {"vgg11", "classifier.6.bias", 0},
        {"vgg19", "features.34.weight", out(512, 9)},
        {"vgg19_bn", "features.49.weight", out(512, 9)},
        {"alexnet", "features.6.weight", uniform(1 / std::sqrt(192.0 * 9))},
        {"densenet121", "features.denseblock3.denselayer9.conv1.weight", std::sqrt(2 / (64 * 4.0 + 32 * 8))},
        {"densenet121", "classifier.bias", 0},
        {"squeezenet1_1", "features.12.expand3x3.weight", std::sqrt(2 / (64 * 9.0))},
        {"squeezenet1_1", "classifier.1.weight", 0.01},
        {"squeezenet1_1", "classifier.1.bias", 0},
        {"googlenet", "inception5b.branch1.conv.weight", 0.01},
        {"googlenet", "aux1.fc1.weight", 0.01},
        {"mobilenet_v2", "features.17.conv.2.weight", out(320, 1)},
        {"mobilenet_v2", "features.14.conv.1.0.weight", out(576, 9)},
        {"mobilenet_v2", "classifier.1.weight", 0.01},
        {"mobilenet_v3_small", "features.11.block.2.fc1.weight", out(144, 1)},
        {"mobilenet_v3_small", "features.11.block.2.fc1.bias", 0},
        {"mobilenet_v3_small", "classifier.0.weight", 0.01},
        {"shufflenet_v2_x1_0", "conv5.0.weight", uniform(1 / std::sqrt(464.0))},
        {"efficientnet_b0", "features.6.3.block.1.0.weight", out(1152, 25)},
        {"efficientnet_b0", "features.6.3.block.2.fc1.bias", 0},
        {"efficientnet_b0", "classifier.1.weight", uniform(1 / std::sqrt(1000.0))},
        {"efficientnet_b0", "classifier.1.bias", 0},
        {"convnext_tiny", "features.7.2.block.0.weight", 0.02},
        {"convnext_tiny", "features.0.0.bias", 0},
        {"convnext_tiny", "features.5.8.block.3.weight", 0.02},
        {"convnext_tiny", "features.5.8.block.3.bias", 0},
    };
    for (const First& first : table) {
      CAPTURE(first.net);
      CAPTURE(first.parameter);
      const Network network = plan(load_experiment(kSourceFolder + "/configs/zoo/" + first.net + ".yaml", {}));
      const auto at = std::ranges::find(network.parameters(), first.parameter, &NamedParameter::name);
      REQUIRE(at != network.parameters().end());
      std::vector<real> values(static_cast<std::size_t>(at->parameter.count()));
      initialise(at->parameter.init, 1, at->name, values);
      double squares = 0;
      for (const real value : values) squares += static_cast<double>(value) * static_cast<double>(value);
      const double n = static_cast<double>(values.size());
      // Six deviations of the estimate of a normal distribution.
      CHECK(std::sqrt(squares / n) == doctest::Approx(first.deviation).epsilon(6 / std::sqrt(2 * n)));
    }
  }

  TEST_CASE("single layers of a network can be changed, those of its blocks, too") {
    const Network network =
        plan(with_model("{zoo: resnet18, classes: 2, changes: {conv1: {kernel_size: 3, stride: 1, padding: 1}, "
                        "max_pool2d_1: {when: false}, layer4.1.conv2: {bias: true}}}"));
    CHECK(network.layers()[1].output == Shape{64, 64, 64});
    CHECK(std::ranges::count(network.layers(), "max_pool2d", &LayerInfo::type) == 0);
    CHECK(network.trainable_count() == 11'689'512 - 998 * 513 - 40 * 3 * 64 + 512);
    CHECK(mistake("{zoo: resnet18, classes: 2, changes: {layer5.conv: {bias: true}}}")
              .starts_with("own.yaml:2:46: error: the model has no layer 'layer5.conv'"));
  }

  TEST_CASE("model.zoo brings a network and its blocks, with other numbers where they are given") {
    const Experiment experiment = with_model("{zoo: resnet18, classes: 2}");
    const Network network = plan(experiment);
    CHECK(network.trainable_count() == 11'689'512 - 998 * 513);
    CHECK(network.input() == Shape{3, 64, 64});  // as the data are
    CHECK(network.parameters().front().name == "conv1.weight");
    const std::string resolved = resolved_yaml(experiment);
    CHECK(resolved.find("zoo") == std::string::npos);
    CHECK(resolved_yaml(parse_experiment(resolved, "again.yaml", {})) == resolved);
    CHECK(plan(with_model("{zoo: resnet18, classes: 2, input: [1, 32, 40]}", "[1, 32, 40]")).input() ==
          Shape{1, 32, 40});
    CHECK(plan(with_model("{zoo: resnet18, classes: 2, size: 64}")).input() == Shape{3, 64, 64});
  }

  TEST_CASE("every network of the zoo is in the program, and takes two classes") {
    const std::vector<ZooEntry> table = zoo_table();
    for (const ZooEntry& entry : table) {
      CAPTURE(entry.name);
      const auto names = zoo_names();
      CHECK(std::find(names.begin(), names.end(), entry.name) != names.end());
      if (entry.name == "googlenet") continue;  // three outputs want an objective of three terms
      CHECK(plan(with_model(fmt::format("{{zoo: {}, classes: 2}}", entry.name))).trainable_count() < entry.numbers);
    }
  }

  TEST_CASE("mistakes in model.zoo are told with their place") {
    CHECK(mistake("{zoo: resnet19}")
              .starts_with(
                  "own.yaml:2:14: error: the zoo has no network 'resnet19' (did you mean 'resnet18'?); known are "));
    CHECK(mistake("{zoo: resnet18, klasses: 2}")
              .starts_with(
                  "own.yaml:2:24: error: the zoo's resnet18 has no parameter 'klasses' (did you mean 'classes'?)"));
    CHECK(mistake("{zoo: [resnet18]}")
              .starts_with("own.yaml:2:14: error: zoo is the name of a network, got a list of 1"));
    CHECK(mistake("{zoo: resnet18, size: 32}").find("model.input is 3x32x32, but the samples are 3x64x64") !=
          std::string::npos);
    CHECK(mistake("{zoo: resnet18}\nblocks: {a: {layers: [relu]}}")
              .starts_with("own.yaml:3:1: error: a network of the zoo brings its own blocks"));
    CHECK(mistake("{zoo: resnet18, classes: two}").find("out_features") != std::string::npos);
  }

  TEST_CASE("parameters of a model are variables of its input and its layers") {
    const auto model = [](const std::string& text) {
      return parse_experiment(
          "data: {format: synthetic, shape: [3, 8, 8], classes: 4, count: 8}\n"
          "model:\n  params: {classes: 4, size: 8}\n  input: [3, $size, $size]\n"
          "  layers: [flatten, linear: " +
              text + "]\ntrain: {epochs: 1}\n",
          "own.yaml", {});
    };
    CHECK(plan(model("$classes")).output() == Shape{4});
    CHECK(plan(model("$size / 2")).output() == Shape{4});
    CHECK_THROWS_WITH_AS(model("$clases"),
                         doctest::Contains("the model has no parameter 'clases' (did you mean 'classes'?)"),
                         ConfigError);
  }
}

}  // namespace cnnctl::testing
