#include "model/spec.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "config/yaml.hpp"
#include "model/network.hpp"
#include "model/read_model.hpp"

namespace cnnctl {
namespace {

/// Without the lists of known words, which grow.
std::string without_lists(std::string text) {
  for (std::size_t at = text.find("; known are "); at != std::string::npos; at = text.find("; known are "))
    text.erase(at, text.find('\n', at) - at);
  return text;
}

using testing::kBasic;
using testing::mistakes;
using testing::model;
using testing::outline;
using testing::read;

TEST_SUITE("model") {
  TEST_CASE("layers get names and inputs") {
    const ModelSpec spec =
        read(model("    - conv2d: {out_channels: 4, kernel_size: 3}\n"
                   "    - relu\n"
                   "    - conv2d: {name: conv2d_2, out_channels: 4, kernel_size: 3}\n"
                   "    - conv2d: {out_channels: 4, kernel_size: 3}\n"
                   "    - type: relu\n"
                   "      name: last\n"));
    CHECK(outline(spec) == "conv2d_1(input) relu_1(conv2d_1) conv2d_2(relu_1) conv2d_3(conv2d_2) last(conv2d_3)");
    CHECK(spec.inputs[0].shape == Shape{3, 8, 8});
    CHECK(spec.layers[1].where.str() == "f.yaml:5:7");
    CHECK(read("model: {input: 5, layers: [relu]}").inputs[0].shape == Shape{5});
  }

  TEST_CASE("branches join by name") {
    const ModelSpec spec =
        read(model("    - conv2d: {name: a, out_channels: 4, kernel_size: 1}\n"
                   "    - relu: {name: b}\n"
                   "    - conv2d: {name: c, inputs: input, out_channels: 4, kernel_size: 1}\n"
                   "    - add: {inputs: [b, c, a]}\n"));
    CHECK(outline(spec) == "a(input) b(a) c(input) add_1(b,c,a)");
  }

  TEST_CASE("a residual block gives torchvision's names, with and without a projection") {
    const ModelSpec spec = read(kBasic + model("    - basic: {name: layer1, channels: 3}\n"
                                               "    - basic: {name: layer2, channels: 8, repeat: 2, "
                                               "first: {stride: 2, project: true}}\n"
                                               "    - flatten: {inputs: layer2}\n"));
    CHECK(outline(spec) ==
          "layer1.conv1(input) layer1.bn1(layer1.conv1) layer1.relu_1(layer1.bn1) layer1.conv2(layer1.relu_1) "
          "layer1.bn2(layer1.conv2) layer1.add_1(layer1.bn2,input) layer1.relu_2(layer1.add_1) "
          "layer2.0.conv1(layer1.relu_2) layer2.0.bn1(layer2.0.conv1) layer2.0.relu_1(layer2.0.bn1) "
          "layer2.0.conv2(layer2.0.relu_1) layer2.0.bn2(layer2.0.conv2) layer2.0.downsample.0(layer1.relu_2) "
          "layer2.0.downsample.1(layer2.0.downsample.0) layer2.0.add_1(layer2.0.bn2,layer2.0.downsample.1) "
          "layer2.0.relu_2(layer2.0.add_1) "
          "layer2.1.conv1(layer2.0.relu_2) layer2.1.bn1(layer2.1.conv1) layer2.1.relu_1(layer2.1.bn1) "
          "layer2.1.conv2(layer2.1.relu_1) layer2.1.bn2(layer2.1.conv2) layer2.1.add_1(layer2.1.bn2,layer2.0.relu_2) "
          "layer2.1.relu_2(layer2.1.add_1) flatten_1(layer2.1.relu_2)");
    CHECK(spec.layers[0].where.line == 6);
    const Network network(spec);
    CHECK(network.output() == Shape{8 * 4 * 4});
  }

  TEST_CASE("blocks hold blocks, compute with parameters and number their instances") {
    const ModelSpec spec = read(R"(
blocks:
  conv_bn:
    params: {channels: required, kernel: [1, 1]}
    layers:
      - conv2d: {name: conv, out_channels: $channels, kernel_size: $kernel, padding: same}
      - batch_norm2d: {name: bn}
  dense:
    params: {growth: required}
    layers:
      - conv_bn: {name: wide, channels: $growth*(2+2)/2 - 1}
      - conv_bn: {name: narrow$growth, channels: $growth, kernel: [3, 1]}
      - concat: {inputs: [input, "narrow4"]}
)" + model("    - dense: {name: features.denselayer$number, growth: 4, repeat: 2}\n"
           "    - conv_bn: {name: step, channels: $index + 5, repeat: 2}\n"
           "    - flatten\n"));
    const Network network(spec);
    CHECK(outline(spec) ==
          "features.denselayer1.wide.conv(input) features.denselayer1.wide.bn(features.denselayer1.wide.conv) "
          "features.denselayer1.narrow4.conv(features.denselayer1.wide.bn) "
          "features.denselayer1.narrow4.bn(features.denselayer1.narrow4.conv) "
          "features.denselayer1.concat_1(input,features.denselayer1.narrow4.bn) "
          "features.denselayer2.wide.conv(features.denselayer1.concat_1) "
          "features.denselayer2.wide.bn(features.denselayer2.wide.conv) "
          "features.denselayer2.narrow4.conv(features.denselayer2.wide.bn) "
          "features.denselayer2.narrow4.bn(features.denselayer2.narrow4.conv) "
          "features.denselayer2.concat_1(features.denselayer1.concat_1,features.denselayer2.narrow4.bn) "
          "step.0.conv(features.denselayer2.concat_1) step.0.bn(step.0.conv) step.1.conv(step.0.bn) "
          "step.1.bn(step.1.conv) flatten_1(step.1.bn)");
    CHECK(network.layers()[0].output == Shape{7, 8, 8});
    CHECK(network.layers()[4].output == Shape{7, 8, 8});
    CHECK(network.output() == Shape{6 * 8 * 8});
  }

  TEST_CASE("a model that is written reads back the same") {
    const ModelSpec first = read(kBasic + model("    - basic: {name: layer2, channels: 8, repeat: 2, "
                                                "first: {stride: 2, project: true}}\n"
                                                "    - flatten\n    - linear: 10\n    - dropout: 0.25\n"));
    const std::string written = write_yaml(write_model(first));
    Diagnostics diagnostics;
    const Node node = parse_yaml(written, "w.yaml", diagnostics);
    const ModelSpec second = read_model(node, nullptr, diagnostics);
    diagnostics.throw_if_errors();
    CHECK(outline(second) == outline(first));
    CHECK(write_yaml(write_model(second)) == written);
  }

  TEST_CASE("mistakes in layers") {
    CHECK(mistakes("x: 1") == "0:0: model must be a map with input and layers, got nothing");
    CHECK(mistakes("model: {layers: [relu]}") ==
          "1:8: model needs 'input': [features], [channels, length], [channels, height, width] or [channels, depth, "
          "height, width]");
    CHECK(mistakes("model: {input: [3, 8, 8, 8, 8], layers: [relu]}") ==
          "1:16: model.input must be [features], [channels, length], [channels, height, width] or [channels, depth, "
          "height, width], got a list of 5");
    for (const char* input : {"7", "[7]", "[3, 8]", "[3, 8, 9]", "[3, 8, 9, 4]"})
      CHECK(mistakes(fmt::format("model: {{input: {}, layers: [relu]}}", input)).empty());
    CHECK(mistakes("model: {input: [3, 0, x], layers: [relu]}") ==
          "1:20: each size of model.input must be between 1 and 16777216, got 0\n"
          "1:23: each size of model.input must be a whole number, got 'x'");
    CHECK(mistakes("model: {input: 3, layers: []}") == "1:27: model needs 'layers', a list of at least one layer");
    CHECK(mistakes("model: {input: 3, layer: [relu]}") ==
          "1:19: model has no key 'layer' (did you mean 'layers'?)\n"
          "1:8: model needs 'layers', a list of at least one layer");
    CHECK(without_lists(mistakes(model("    - conv2: 3\n    - Dense: 10\n    - relu: {inplace: true}\n"))) ==
          "4:7: unknown layer 'conv2' (did you mean 'conv2d'?)\n"
          "5:7: unknown layer 'Dense' (did you mean 'linear'?)\n"
          "6:14: relu has no field 'inplace'; it takes none");
    CHECK(mistakes(model("    - conv2d: {out_channels: 8, kernal: 5}\n")) ==
          "4:33: conv2d has no field 'kernal' (did you mean 'kernel_size'?)");
    CHECK(mistakes(model("    - conv2d:\n      out_channels: 8\n      kernel_size: 3\n")) ==
          "5:7: the fields of 'conv2d' must be indented deeper than its name");
  }

  TEST_CASE("mistakes in names and inputs") {
    CHECK(mistakes(model("    - relu: {name: act1}\n    - tanh: {inputs: atc1}\n")) ==
          "5:22: no layer above is named 'atc1' (did you mean 'act1'?)");
    CHECK(mistakes(model("    - relu: {name: a, inputs: b}\n    - tanh: {name: b}\n")) ==
          "4:31: 'b' stands below 'a': a layer reads only what is above it");
    CHECK(mistakes(model("    - relu: {name: a, inputs: a}\n")) == "4:31: 'a' cannot be its own input");
    CHECK(mistakes(model("    - relu: {name: a}\n    - tanh: {name: a}\n")) ==
          "5:20: the name 'a' is given twice, first on line 4: - relu: {name: a}");
    CHECK(mistakes(model("    - relu: {name: input}\n")) ==
          "4:20: no layer can be named 'input': that is what the model or the block is given");
    CHECK(mistakes(model("    - relu: {name: a/b}\n")) ==
          "4:20: a name consists of letters, digits, '_', '-', and '.' between them, got 'a/b'");
    CHECK(mistakes(model("    - relu: {inputs: {a: 1}}\n")) ==
          "4:22: inputs must be a name or a list of names, got a map");
    CHECK(mistakes(model("    - relu: {inputs: []}\n")) ==
          "4:22: inputs must be a name or a list of names, got an empty list");
    CHECK(mistakes(model("    - relu: {name: a}\n    - tanh: {inputs: input}\n")) ==
          "4:7: nothing reads 'a': name it in the inputs of a layer below it, or take it out");
    CHECK(mistakes(model("    - relu\n    - add\n    - concat: {inputs: [add_1]}\n")) ==
          "5:7: add takes 2 or more inputs, got 1");
    CHECK(mistakes(model("    - relu\n    - tanh: {inputs: [relu_1, input]}\n")) == "5:7: tanh takes 1 input, got 2");
    CHECK(mistakes(model("    - relu: {when: perhaps}\n")) == "4:20: when must be true or false, got 'perhaps'");
  }

  TEST_CASE("mistakes in blocks") {
    CHECK(mistakes("blocks: {conv2d: {layers: [relu]}}\n" + model("    - relu\n")) ==
          "1:10: 'conv2d' is a layer: give the block another name");
    CHECK(mistakes("blocks: [a]\n" + model("    - relu\n")) ==
          "1:9: blocks must be a map from names to blocks, got a list of 1");
    CHECK(mistakes("blocks: {b: {layer: [relu]}}\n" + model("    - relu\n")) ==
          "1:14: block 'b' has no key 'layer' (did you mean 'layers'?)\n1:10: block 'b' needs 'layers', a list");
    CHECK(mistakes("blocks: {b: {params: {name: 1}, layers: [relu]}}\n" + model("    - b\n")) ==
          "1:23: no parameter can be named 'name': every block has that");
    CHECK(mistakes(kBasic + model("    - basic: {name: l, repeat: 3}\n    - flatten\n")) ==
          "19:7: block 'basic' needs 'channels'");
    CHECK(mistakes(kBasic + model("    - basic: {chanels: 3}\n")) ==
          "19:15: block 'basic' has no parameter 'chanels' (did you mean 'channels'?)");
    CHECK(mistakes(kBasic + model("    - basic: {channels: three}\n")) ==
          "19:25: conv2d.out_channels must be a whole number, got 'three'");
    CHECK(mistakes(kBasic + model("    - basic: {channels: 3, repeat: 0}\n")) ==
          "19:36: repeat must be between 1 and 10000, got 0");
    CHECK(mistakes(kBasic + model("    - basic: {channels: 3, inputs: [input, input]}\n")) ==
          "19:36: block 'basic' takes 1 input, got 2");
    CHECK(mistakes(kBasic + model("    - basic: 3\n")) == "19:14: block 'basic' needs a map of parameters, got '3'");
    CHECK(mistakes(model("    - dropout: $p\n")) == "4:16: the model has no parameter 'p'");
    const auto block = [](const std::string& field) {
      return "blocks:\n  b:\n    params: {n: 3, s: x}\n    layers:\n      - dropout: " + field + "\n" +
             model("    - b: {repeat: 4}\n");
    };
    CHECK(mistakes(block("$m")) == "5:18: block 'b' has no parameter 'm'; known are n, s");
    CHECK(mistakes(block("$n/2")) == "5:18: '$n/2' is not a whole number: 3 / 2");
    CHECK(mistakes(block("$n/0")) == "5:18: '$n/0' divides by zero");
    CHECK(mistakes(block("$n+")) == "5:18: '$n+' cannot be computed");
    CHECK(mistakes(block("($n")) == "5:18: '($n' has a bracket that is not closed");
    CHECK(mistakes(block("$s*2")) == "5:18: '$s*2' computes with whole numbers only, and s is 'x'");
    CHECK(mistakes(block("9223372036854775807*$n")) == "5:18: '9223372036854775807*$n' is too large");
  }

  TEST_CASE("blocks cannot run away") {
    const auto chain = [](int levels, const std::string& repeat) {
      std::string yaml = "blocks:\n  b0: {layers: [{relu: {when: false}}]}\n";
      for (int i = 1; i <= levels; ++i)
        yaml +=
            "  b" + std::to_string(i) + ": {layers: [{b" + std::to_string(i - 1) + ": {repeat: " + repeat + "}}]}\n";
      return yaml + model("    - b" + std::to_string(levels) + "\n    - relu\n");
    };
    CHECK(mistakes(chain(7, "1")).empty());
    CHECK(mistakes(chain(8, "1")).find("blocks are nested deeper than 8 levels") != std::string::npos);
    CHECK(mistakes(chain(7, "10000")).find("the blocks give too many layers") != std::string::npos);
    CHECK(mistakes("blocks: {b: {layers: [relu]}}\n" + model("    - b: {repeat: 10000}\n    - relu\n")) ==
          "6:7: the model has more than 10000 layers");
    CHECK(mistakes("blocks:\n  a: {layers: [b]}\n  b: {layers: [a]}\n" + model("    - a\n")) ==
          "3:16: block 'a' contains itself");
    CHECK(mistakes("blocks: {b: {params: {x: 1}, layers: [relu]}}\n" + model("    - b: {x: [[1]]}\n")) ==
          "5:14: x of block 'b' must be a value or a list of at most 64 values, got a list of 1");
  }
}

}  // namespace
}  // namespace cnnctl
