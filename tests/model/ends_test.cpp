// What a model is given and what it delivers: inputs and outputs by name.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "config/yaml.hpp"
#include "model/network.hpp"
#include "model/read_model.hpp"

namespace cnnctl {
namespace {

using testing::kBasic;
using testing::mistakes;
using testing::model;
using testing::outline;
using testing::read;

TEST_SUITE("model") {
  /// A model with these lines of inputs and outputs, the layers of which stand on lines 3 to 5.
  std::string ends(const std::string& inputs, const std::string& outputs,
                   const std::string& second = "    - linear: {name: b, inputs: age, out_features: 4}\n") {
    return "model: \n  layers:\n    - linear: {name: a, out_features: 4}\n" + second +
           "    - add: {name: sum, inputs: [a, b]}\n  inputs: " + inputs + "\n" + outputs;
  }

  TEST_CASE("a model may have several inputs and outputs, by name") {
    const ModelSpec spec = read(ends("{features: 6, age: [1]}", "  outputs: [a, sum]\n"));
    CHECK(outline(spec) == "a(features) b(age) sum(a,b)");
    CHECK(spec.inputs[0].name == "features");
    CHECK(spec.inputs[1].shape == Shape{1});
    CHECK(spec.outputs == std::vector<std::string>{"a", "sum"});
    const Network network(spec);
    CHECK(network.outputs()[0] == 0);
    CHECK(network.outputs()[1] == 2);
    CHECK(Network(read(ends("{features: 6, age: [1]}", ""))).outputs()[0] == 2);
  }

  TEST_CASE("an output may be a block, and means its last layer") {
    const ModelSpec spec = read(kBasic + model("    - basic: {name: one, channels: 3}\n    - flatten\n") +
                                "  outputs: [one, flatten_1]\n");
    CHECK(spec.outputs == std::vector<std::string>{"one.relu_2", "flatten_1"});
  }

  TEST_CASE("inputs and outputs are written out where they are not the usual ones") {
    const auto written = [](const std::string& yaml) { return write_yaml(write_model(read(yaml))); };
    const std::string several = written(ends("{features: 6, age: [1]}", "  outputs: [a, sum]\n"));
    CHECK(several.find("inputs: {features: [6], age: [1]}") != std::string::npos);
    CHECK(several.find("outputs: [a, sum]") != std::string::npos);
    CHECK(written(model("    - relu\n")).find("outputs") == std::string::npos);
    CHECK(written("model: {inputs: {input: 3}, layers: [relu]}") == written("model: {input: 3, layers: [relu]}"));
    Diagnostics diagnostics;
    const ModelSpec again = read_model(parse_yaml(several, "w.yaml", diagnostics), nullptr, diagnostics);
    diagnostics.throw_if_errors();
    CHECK(write_yaml(write_model(again)) == several);
  }

  TEST_CASE("mistakes in the model's inputs and outputs") {
    const std::string both = "{features: 6, age: [1]}";
    CHECK(mistakes(ends("{features: 6, age: 1, more: 2}", "")) == "6:33: no layer reads the input 'more'");
    CHECK(mistakes(ends("[3, 8, 8]", "")) ==
          "6:11: model.inputs must be a map of names and sizes, such as {image: [3, 32, 32], age: [1]}, got a list of "
          "3");
    CHECK(mistakes(ends("{features: 0, age: 1}", "")) ==
          "6:22: each size of model.inputs.features must be between 1 and 16777216, got 0");
    CHECK(mistakes(ends("{a: 6, age: 1}", "")) ==
          "3:22: the name 'a' is given twice, first on line 6: inputs: {a: 6, age: 1}");
    CHECK(mistakes(
              ends("{features: 6, 'my age': 1}", "", "    - linear: {name: b, inputs: features, out_features: 4}\n")) ==
          "6:25: the name of an input consists of letters, digits, '_' and '-', got 'my age'");
    CHECK(mistakes(ends(both, "  input: 3\n")) == "7:10: model has 'input' and 'inputs': name all of them in 'inputs'");
    CHECK(mistakes(ends(both, "", "    - linear: {name: b, inputs: input, out_features: 4}\n")) ==
          "4:33: no layer above is named 'input'");
    CHECK(mistakes(ends(both, "  outputs: [a, som]\n")) == "7:16: no layer is named 'som' (did you mean 'sum'?)");
    CHECK(mistakes(ends(both, "  outputs: [sum, sum]\n")) == "7:18: the output 'sum' is given twice");
    CHECK(mistakes(ends(both, "  outputs: [sum, age]\n")) == "7:18: 'age' is an input: an output is a layer");
    CHECK(mistakes(ends(both, "  outputs: []\n")) == "7:12: model.outputs needs at least one name of a layer");
    CHECK(mistakes(ends(both, "  outputs: [[a]]\n")) == "7:13: an output is the name of a layer, got a list of 1");
    CHECK(mistakes(ends(both, "  outputs: [a, b]\n")) ==
          "5:7: nothing reads 'sum': name it in the inputs of a layer below it, or take it out");
  }
}

}  // namespace
}  // namespace cnnctl
