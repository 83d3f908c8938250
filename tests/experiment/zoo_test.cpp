// The networks of configs/zoo are torchvision's: zoo.txt holds what torchvision itself says of their parameters, and is
// written by scripts/peers/zoo_parity.py. A configuration may take one of them for its model.
#include "model/zoo.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
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
