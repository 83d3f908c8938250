// What a model says of its layers beside the list: changes to single ones, and defaults for all of a kind.
#include "model/adjust.hpp"

#include <doctest/doctest.h>

#include "config/yaml.hpp"
#include "model/read_model.hpp"

namespace cnnctl {
namespace {

using testing::kBasic;
using testing::mistakes;
using testing::outline;
using testing::read;

/// A field of a layer as it was read.
std::string field(const ModelSpec& spec, const std::string& layer, const char* name) {
  for (const LayerSpec& l : spec.layers)
    if (l.name == layer) return write_yaml_line(*write_fields(*l.layer).find(name));
  return "";
}

std::string with(const std::string& more, const std::string& layers) {
  return "model:\n  input: [3, 8, 8]\n  " + more + "\n  layers:\n" + layers;
}

}  // namespace

TEST_SUITE("model") {
  TEST_CASE("model.changes give single layers other fields, short forms and layers of blocks included") {
    const ModelSpec spec = read(kBasic + with("changes: {layer1.1.conv2: {dilation: 2, padding: 2}, linear_1: {bias: "
                                              "false}, flatten_1: {when: true}, relu_1: {when: false}}",
                                              "    - basic: {name: layer1, channels: 3, repeat: 2}\n    - relu\n"
                                              "    - flatten\n    - linear: 7\n"));
    CHECK(field(spec, "layer1.0.conv2", "dilation") == "1");
    CHECK(field(spec, "layer1.1.conv2", "dilation") == "2");
    CHECK(field(spec, "linear_1", "out_features") == "7");
    CHECK(field(spec, "linear_1", "bias") == "false");
    CHECK(outline(spec).ends_with("flatten_1(layer1.1.relu_2) linear_1(flatten_1)"));
  }

  TEST_CASE("model.changes take the place of a short form's own number") {
    CHECK(field(read(with("changes: {linear_1: {out_features: 9}}", "    - flatten\n    - linear: 7\n")), "linear_1",
                "out_features") == "9");
  }

  TEST_CASE("model.defaults hold for all layers of a kind that do not say otherwise") {
    const ModelSpec spec = read(with("defaults: {linear: {bias: false, out_features: 3}, dropout: {p: 0.25}}",
                                     "    - flatten\n    - linear\n    - dropout: 0.5\n    - linear: {bias: true}\n"
                                     "    - dropout\n    - linear: 7\n"));
    CHECK(field(spec, "linear_1", "bias") == "false");
    CHECK(field(spec, "linear_1", "out_features") == "3");
    CHECK(field(spec, "linear_2", "bias") == "true");
    CHECK(field(spec, "linear_3", "out_features") == "7");
    CHECK(field(spec, "dropout_1", "p") == "0.5");
    CHECK(field(spec, "dropout_2", "p") == "0.25");
  }

  TEST_CASE("mistakes in changes and defaults are told with their place") {
    const std::string layers = "    - flatten\n    - linear: 7\n";
    CHECK(mistakes(with("changes: {linear_2: {bias: false}}", layers)) ==
          "3:13: the model has no layer 'linear_2' (did you mean 'linear_1'?)");
    CHECK(mistakes(with("changes: {linear_1: {name: fc}}", layers)) ==
          "3:24: 'name' of a layer cannot be changed: others go by it");
    CHECK(mistakes(with("changes: [linear_1]", layers)) ==
          "3:12: model.changes must be a map of names of layers and their fields, got a list of 1");
    CHECK(mistakes(with("changes: {linear_1: 5}", layers)) ==
          "3:23: model.changes.linear_1 must be a map of fields, got '5'");
    CHECK(
        mistakes(with("changes: {linear_1: {biass: false}}", layers)).starts_with("3:24: linear has no field 'biass'"));
    CHECK(mistakes(with("defaults: {linaer: {bias: false}}", layers)).starts_with("3:14: unknown layer 'linaer'"));
    CHECK(mistakes(with("defaults: {linear: {biass: false}}", layers))
              .starts_with("3:23: linear has no field 'biass' (did you mean 'bias'?)"));
  }
}

}  // namespace cnnctl
