// Of data.size and model.input one follows from the other; what contradicts is told with both lines.
#include "experiment/sample_size.hpp"

#include <doctest/doctest.h>

#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "data/make_files.hpp"

namespace cnnctl {

using testing::message_of;
using testing::TemporaryFolder;

namespace {

Experiment experiment_with(const std::string& data, const std::string& input,
                           const std::vector<std::string>& overrides = {}) {
  const std::string said = input.empty() ? "" : "input: " + input + ", ";
  return parse_experiment("data: {" + data + "}\nmodel: {" + said + "layers: [flatten, linear: 10]}\n", "f.yaml",
                          overrides);
}

Shape input_of(const std::string& data, const std::vector<std::string>& overrides = {}) {
  const Experiment experiment = experiment_with(data, "", overrides);
  CHECK(parse_experiment(resolved_yaml(experiment), "r.yaml", {}).model.inputs[0].shape ==
        experiment.model.inputs[0].shape);
  return experiment.model.inputs[0].shape;
}

std::string complaint(const std::string& data, const std::string& input = "") {
  return message_of<ConfigError>([&] { experiment_with(data, input); });
}

}  // namespace

TEST_SUITE("experiment") {
  TEST_CASE("model.input follows from what the configuration says of the samples") {
    CHECK(input_of("format: synthetic, shape: [3, 5, 4]") == Shape{3, 5, 4});
    CHECK(input_of("format: synthetic") == Shape{1, 28, 28});
    CHECK(input_of("format: synthetic, shape: [3, 5, 4], size: [7, 9]") == Shape{3, 7, 9});
    CHECK(input_of("format: synthetic, shape: [3, 8, 8], augment: [{random_crop: {size: [6, 5]}}]") == Shape{3, 6, 5});
    CHECK(input_of("format: image_folder, path: nowhere, size: 32") == Shape{3, 32, 32});
    CHECK(input_of("format: image_folder, path: nowhere, channels: 1, size: [8, 6]") == Shape{1, 8, 6});
    CHECK(input_of("format: synthetic", {"data.shape=[2, 3, 3]"}) == Shape{2, 3, 3});
  }

  TEST_CASE("model.input follows from the header of the data's files, of which no sample is read") {
    const TemporaryFolder folder;
    const std::string path = "path: \"" + folder.path() + "\"";
    folder.write("train-images-idx3-ubyte", testing::idx({2, 5, 4}, std::string(40, 'x')));
    CHECK(input_of("format: idx, " + path) == Shape{1, 5, 4});
    folder.write("data_batch_1.bin", std::string(3073, '\1'));
    CHECK(input_of("format: cifar, " + path) == Shape{3, 32, 32});
    const std::string missing = complaint("format: idx, path: nowhere");
    CHECK_MESSAGE(missing ==
                      "f.yaml:2:8: error: model needs 'input', such as [3, 32, 32]; it would follow from the data, but "
                      "nowhere: holds neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz\n"
                      "model: {layers: [flatten, linear: 10]}\n       ^",
                  missing);
  }

  TEST_CASE("pictures of any size are fitted to model.input, where augmentation keeps their size") {
    const auto size_of = [](const std::string& more, const std::string& input) {
      return experiment_with("format: image_folder, path: x" + more, input).settings.data.size;
    };
    CHECK(size_of("", "[3, 20, 10]") == Sizes{20, 10});
    CHECK(size_of(", augment: [{random_crop: {padding: 2}}]", "[3, 20, 10]") == Sizes{20, 10});
    CHECK_FALSE(size_of(", augment: [{random_crop: {size: [8, 8]}}]", "[3, 8, 6]").has_value());
    CHECK(size_of(", size: [9, 9], augment: [{random_crop: {size: [8, 8]}}]", "[3, 8, 8]") == Sizes{9, 9});
    CHECK_FALSE(experiment_with("format: synthetic", "[1, 8, 8]").settings.data.size.has_value());
    CHECK(resolved_yaml(experiment_with("format: image_folder, path: x", "[3, 20, 10]")).find("size: [20, 10]") !=
          std::string::npos);
  }

  TEST_CASE("a contradiction is told with both lines; a default contradicts nothing") {
    CHECK(complaint("format: image_folder, path: x, size: 8", "[3, 9, 9]") ==
          "f.yaml:2:16: error: model.input is 3x9x9, but the samples are 3x8x8 (line 1: data: {format: image_folder, "
          "path: x, size: 8})\n"
          "model: {input: [3, 9, 9], layers: [flatten, linear: 10]}\n               ^");
    for (const auto& [data, input] : std::vector<std::pair<std::string, std::string>>{
             {"format: synthetic, shape: [3, 8, 8]", "[1, 8, 8]"},
             {"format: idx, path: nowhere, size: 32", "[1, 28, 28]"},
             {"format: image_folder, path: x, channels: 1", "[3, 8, 8]"},
             {"format: synthetic, shape: [1, 8, 8], augment: [{random_crop: {size: [6, 6]}}]", "[1, 8, 8]"}})
      CHECK_MESSAGE(complaint(data, input).find(", but the samples are ") != std::string::npos, data);
    for (const auto& [data, input] : std::vector<std::pair<std::string, std::string>>{
             {"format: synthetic", "[1, 8, 8]"},
             {"format: idx, path: nowhere", "[1, 9, 9]"},
             {"format: synthetic, shape: [1, 8, 8], augment: [{random_crop: {size: [6, 6]}}]", "[1, 6, 6]"}})
      CHECK(complaint(data, input) == "nothing was thrown");
  }

  TEST_CASE("nothing to follow from is told, and once") {
    CHECK(complaint("format: image_folder, path: x").find("but data.size is left out as well") != std::string::npos);
    const std::string crop = complaint("format: synthetic, shape: [1, 4, 4], augment: [{random_crop: {size: [9, 9]}}]");
    CHECK_MESSAGE(crop.find("data.augment: random_crop: 9x9") != std::string::npos, crop);
    const std::string other = complaint("format: synthetc");
    CHECK(other.find("model needs") == std::string::npos);
    CHECK(other.find("(did you mean 'synthetic'?)") != std::string::npos);
  }
}

}  // namespace cnnctl
