#include "model/receptive_field.hpp"

#include <doctest/doctest.h>

#include "experiment/experiment.hpp"
#include "model/read_model.hpp"
#include "paths.hpp"

namespace cnnctl {
namespace {

ReceptiveField last_of(const std::string& layers, const std::string& input = "[2, 64, 48]") {
  const Network network(testing::read("model:\n  input: " + input + "\n  layers:\n" + layers), Network::Memory::later);
  return receptive_fields(network).back();
}

ReceptiveField square(std::int64_t size, double stride) { return {{size, size}, {stride, stride}, false}; }

/// Of the features of a network of the zoo.
ReceptiveField of_zoo(const std::string& name) {
  const Network network(load_experiment(testing::kSourceFolder + "/configs/zoo/" + name + ".yaml", {}).model,
                        Network::Memory::later);
  const std::vector<ReceptiveField> fields = receptive_fields(network);
  return fields[last_with_positions(network, fields).value()];
}

}  // namespace

TEST_SUITE("model") {
  TEST_CASE("receptive fields grow by the formula of Araujo, Norris and Sim") {
    CHECK(last_of("    - conv2d: {out_channels: 2, kernel_size: 3}\n") == square(3, 1));
    CHECK(last_of("    - conv2d: {out_channels: 2, kernel_size: 3, stride: 2}\n    - relu\n"
                  "    - max_pool2d: {kernel_size: 3, stride: 2}\n") == square(7, 4));
    CHECK(last_of("    - conv2d: {out_channels: 2, kernel_size: 3, dilation: 4}\n") == square(9, 1));
    CHECK(last_of("    - conv2d: {out_channels: 2, kernel_size: [1, 5], stride: [2, 1]}\n    - avg_pool2d: 2\n") ==
          ReceptiveField{{3, 6}, {4, 2}, false});
    CHECK(last_of("    - max_pool2d: 4\n    - conv_transpose2d: {out_channels: 1, kernel_size: 4, stride: 4}\n") ==
          square(4, 1));
    CHECK(last_of("    - max_pool2d: 4\n    - upsample: {scale_factor: 2, mode: bilinear}\n") == square(8, 2));
    CHECK(last_of("    - adaptive_avg_pool2d: [16, 12]\n") == square(4, 4));
    CHECK(last_of("    - conv1d: {out_channels: 2, kernel_size: 5}\n", "[3, 40]") == ReceptiveField{{5}, {1}, false});
  }

  TEST_CASE("of branches the widest counts, and a gate from all of the picture does not") {
    const std::string branches =
        "    - conv2d: {name: a, out_channels: 2, kernel_size: 3, padding: 1}\n"
        "    - conv2d: {name: b, inputs: input, out_channels: 2, kernel_size: 7, padding: 3}\n"
        "    - add: {name: sum, inputs: [a, b]}\n";
    CHECK(last_of(branches) == square(7, 1));
    CHECK(last_of(branches + "    - adaptive_avg_pool2d: 1\n    - sigmoid: {name: gate}\n"
                             "    - mul: {inputs: [sum, gate]}\n") == square(7, 1));
  }

  TEST_CASE("what joins all positions sees as much as they do together") {
    const ReceptiveField flat = last_of(
        "    - conv2d: {out_channels: 2, kernel_size: 5, stride: 2}\n    - flatten\n"
        "    - linear: 3\n");
    CHECK(flat.whole);
    CHECK(flat.size == std::vector<std::int64_t>{5 + 29 * 2, 5 + 21 * 2});
    CHECK(last_of("    - linear: 3\n", "[7]").size.empty());
  }

  TEST_CASE("receptive fields of networks are those that others computed") {
    CHECK(of_zoo("alexnet").size == std::vector<std::int64_t>{195, 195});  // Araujo et al., table
    CHECK(of_zoo("vgg16") == square(212, 32));                             // likewise
    CHECK(of_zoo("resnet50") == square(427, 32));                          // with the strides in the 3x3 convolutions
    CHECK(of_zoo("resnet18") == square(435, 32));
    CHECK(of_zoo("googlenet").stride == std::vector<double>{32, 32});  // on the way to the first output
    CHECK(of_zoo("unet").stride == std::vector<double>{1, 1});
  }
}

}  // namespace cnnctl
