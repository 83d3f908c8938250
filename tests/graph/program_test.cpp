#include "graph/program.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "graph/train_pass.hpp"

namespace cnnctl::testing {
namespace {

/// A net with everything that fusing and sharing memory can get wrong: a residual, a value read twice, a concat,
/// dropout in the middle, a batch norm behind a convolution with bias.
constexpr const char* kTangled = R"(
input: [3, 9, 9]
layers:
  - conv2d: {name: stem, out_channels: 10, kernel_size: 3, padding: 1}
  - batch_norm2d: {name: stem_bn}
  - relu: {name: trunk}
  - conv2d: {name: a, out_channels: 10, kernel_size: 3, padding: 1, bias: false}
  - batch_norm2d: {name: a_bn}
  - conv2d: {name: side, inputs: [trunk], out_channels: 10, kernel_size: 1}
  - batch_norm2d: {name: side_bn}
  - add: {name: sum, inputs: [a_bn, side_bn]}
  - relu: {name: after}
  - dropout: {name: drop, p: 0.3}
  - conv2d: {name: b, out_channels: 6, kernel_size: 3, stride: 2, padding: 1}
  - tanh: {name: b_act}
  - max_pool2d: {name: pooled, inputs: [trunk], kernel_size: 2, padding: 1, stride: 2}
  - concat: {name: both, inputs: [b_act, pooled]}
  - conv2d: {name: dw, out_channels: 16, kernel_size: 3, groups: 16}
  - leaky_relu: {name: dw_act}
  - flatten
  - linear: {name: fc1, out_features: 20}
  - sigmoid: {name: fc1_act}
  - linear: {name: fc2, out_features: 4}
)";

/// Max pooling behind what it is fused with, and behind what it is not.
constexpr const char* kPooled = R"(
input: [3, 27, 22]
layers:
  - conv2d: {name: a, out_channels: 8, kernel_size: 3, padding: 1}
  - batch_norm2d
  - relu
  - max_pool2d: 2
  - conv2d: {name: b, out_channels: 10, kernel_size: 3, padding: 1}
  - leaky_relu
  - max_pool2d: {kernel_size: 3, stride: 2, padding: 1}
  - batch_norm2d
  - max_pool2d: 2
  - tanh: {name: twice}
  - conv2d: {name: c, out_channels: 10, kernel_size: 3, padding: 1}
  - batch_norm2d
  - add: {inputs: [batch_norm2d_3, twice]}
  - relu: {name: sum}
  - max_pool2d: {name: left, inputs: [sum], kernel_size: 2, ceil_mode: true}
  - max_pool2d: {name: right, inputs: [twice], kernel_size: 2, ceil_mode: true}
  - concat: {inputs: [left, right]}
  - flatten
  - linear: 4
)";

constexpr const char* kPlain = R"(
input: [1, 11, 12]
layers:
  - conv2d: {out_channels: 6, kernel_size: 5, padding: 2}
  - relu
  - max_pool2d: 2
  - conv2d: {out_channels: 16, kernel_size: 3}
  - max_pool2d: 2
  - flatten
  - linear: 4
)";

/// Values such as training leaves behind: any, but variances above 0.
void fill_statistics(Network& network) {
  for (const NamedParameter& p : network.parameters()) {
    const std::span<real> values(p.values, static_cast<std::size_t>(p.parameter.count()));
    if (!p.parameter.trainable()) fill(values, 5);
    if (!p.name.ends_with("running_var")) continue;
    for (real& value : values) value = std::abs(value) + real{0.1};
  }
}

/// The largest relative difference that fusing makes in inference.
double inference_difference(const std::string& yaml) {
  const Workers workers(2);
  Network network(model(yaml));
  network.initialise(1);
  fill_statistics(network);
  std::vector<std::vector<real>> outputs;
  for (const bool fused : {true, false}) {
    Program program(network, workers, {.mode = Mode::infer, .batch = 3, .fuse = fused});
    program.refresh();
    View x = program.input();
    fill({x.data, static_cast<std::size_t>(x.count())}, 1);
    const ConstView y = program.forward(3);
    outputs.emplace_back(y.data, y.data + y.count());
  }
  return largest_difference(outputs[1], outputs[0]);
}

/// The types of the layers in each operation of training.
std::string fused_layers(const std::string& yaml) {
  const Workers workers(1);
  Network network(model(yaml));
  const Program program(network, workers, {.mode = Mode::train, .batch = 2});
  std::string names;
  for (const OperationInfo& op : program.operations()) {
    for (const std::string& layer : op.layers) names += layer + " ";
    names += "| ";
  }
  return names;
}

}  // namespace

TEST_SUITE("graph") {
  TEST_CASE("a fused training step gives what the layers give one by one") {
    const Workers workers(2);
    for (const char* const yaml : {kTangled, kPooled, kPlain}) {
      const Pass fused = train_pass(yaml, workers, true), plain = train_pass(yaml, workers, false);
      CHECK(largest_difference(plain.output, fused.output) < 1e-5);
      CHECK(largest_difference(plain.gradients, fused.gradients) < 2e-5);
    }
  }

  TEST_CASE("a training step gives the same bits for every number of workers") {
    for (const char* const yaml : {kTangled, kPooled, kPlain}) {
      const Workers one(1);
      const Pass want = train_pass(yaml, one, true);
      for (const int count : {2, 3, 8}) {
        const Workers workers(count);
        const Pass got = train_pass(yaml, workers, true);
        CHECK(same_bits(got.output, want.output));
        CHECK(same_bits(got.gradients, want.gradients));
      }
    }
  }

  TEST_CASE("gradients that are handed over one operation after the other are those that are kept") {
    const Workers workers(2);
    for (const bool fused : {true, false}) {
      const Pass kept = train_pass(kTangled, workers, fused), early = train_pass(kTangled, workers, fused, 5, false);
      CHECK(same_bits(kept.gradients, early.gradients));
    }
  }

  TEST_CASE("inference folds batch norms and drops dropout, with the unfused result up to rounding") {
    CHECK(inference_difference(kTangled) < 1e-5);
    CHECK(inference_difference(kPooled) < 1e-5);
    CHECK(inference_difference(kPlain) < 1e-5);
  }

  TEST_CASE("a convolution folds one batch norm, and only one that has all its arrays") {
    const std::string head = "input: [3, 5, 5]\nlayers:\n  - conv2d: {out_channels: 4, kernel_size: 3}\n";
    for (const char* const tail :
         {"  - batch_norm2d: {affine: false}\n", "  - batch_norm2d: {track_running_stats: false}\n",
          "  - batch_norm2d: {affine: false, track_running_stats: false}\n", "  - batch_norm2d\n  - batch_norm2d\n",
          "  - batch_norm2d\n  - batch_norm2d\n  - relu\n"}) {
      CAPTURE(tail);
      CHECK(inference_difference(head + tail) < 1e-5);
    }
  }

  TEST_CASE("every layer's output can be kept and read") {
    const Workers workers(1);
    Network network(model(kTangled));
    network.initialise(1);
    Program program(network, workers, {.mode = Mode::infer, .batch = 1, .keep_all = true});
    program.refresh();
    View x = program.input();
    fill({x.data, static_cast<std::size_t>(x.count())}, 1);
    program.forward(1);
    const ConstView sum = program.value("sum"), a = program.value("a_bn"), side = program.value("side_bn");
    CHECK(sum.shape == Shape{10, 9, 9});
    for (std::int64_t i = 0; i < sum.count(); ++i) CHECK(sum.data[i] == a.data[i] + side.data[i]);
  }

  TEST_CASE("what is fused") {
    CHECK(fused_layers(kTangled) ==
          "conv2d | batch_norm2d relu | conv2d | conv2d | batch_norm2d | batch_norm2d add relu | dropout | "
          "conv2d tanh | max_pool2d | concat | conv2d leaky_relu | flatten | linear sigmoid | linear | ");
    CHECK(fused_layers(kPlain) == "conv2d max_pool2d relu | conv2d max_pool2d | flatten | linear | ");
    CHECK(fused_layers(kPooled) ==
          "conv2d | batch_norm2d max_pool2d relu | conv2d | max_pool2d leaky_relu | batch_norm2d max_pool2d tanh | "
          "conv2d | batch_norm2d add | max_pool2d relu | max_pool2d | concat | flatten | linear | ");
  }

  TEST_CASE("a shape that does not fit is an error at the layer's line, all of them at once") {
    const std::string yaml =
        "input: [1, 4, 4]\nlayers:\n  - conv2d: {name: a, out_channels: 2, kernel_size: 7}\n"
        "  - conv2d: {name: b, inputs: [input], out_channels: 3, kernel_size: 3, groups: 2}\n"
        "  - concat: {inputs: [a, b]}\n";
    std::string message;
    try {
      Network network(model(yaml));
    } catch (const ConfigError& e) {
      message = e.what();
    }
    CHECK(message ==
          "test.yaml:3:5: error: layer 'a' (conv2d): window 7x7 does not fit the input 4x4 with padding 0 (output "
          "height = (4 + 2*0 - 7) / 1 + 1 = -2)\n"
          "  - conv2d: {name: a, out_channels: 2, kernel_size: 7}\n"
          "    ^\n"
          "test.yaml:4:5: error: layer 'b' (conv2d): groups 2 must divide the input's 1 channels and out_channels 3\n"
          "  - conv2d: {name: b, inputs: [input], out_channels: 3, kernel_size: 3, groups: 2}\n"
          "    ^");
  }

  TEST_CASE("parameters go to the file's order and back") {
    Network network(model(kTangled));
    network.initialise(4);
    for (std::size_t i = 0; i < network.parameters().size(); ++i) {
      const std::vector<real> file = network.export_values(i);
      std::vector<real> changed = file;
      changed.front() += 1;
      network.import_values(i, changed);
      CHECK(network.export_values(i) == changed);
    }
    // conv weights: file (K,C,KH,KW), memory (KH,KW,C,K)
    const NamedParameter& stem = network.parameters()[0];
    REQUIRE(stem.name == "stem.weight");
    CHECK(stem.parameter.shape == std::vector<std::int64_t>{10, 3, 3, 3});
    const std::vector<real> file = network.export_values(0);
    CHECK(stem.values[((2 * 3 + 1) * 3 + 2) * 10 + 7] == file[((7 * 3 + 2) * 3 + 2) * 3 + 1]);
    std::vector<real> part(41);
    network.export_range(0, stem.values, 100, part);
    CHECK(std::equal(part.begin(), part.end(), file.begin() + 100));
  }
}

}  // namespace cnnctl::testing
