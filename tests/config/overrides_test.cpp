#include "config/overrides.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "config/sample.hpp"
#include "config/yaml.hpp"

namespace cnnctl {
namespace {

constexpr NamedEntries kModel{"model", "layers"};

constexpr const char* kNet = R"(
optimizer: sgd
loss: {type: mse}
data:
  augment: [{random_crop: {padding: 2}}, horizontal_flip]
model:
  input: [1, 28, 28]
  layers:
    - conv2d: {name: layer1.0, out_channels: 6}
    - conv2d: {name: layer1.0.conv, out_channels: 7}
    - relu
    - linear: 10
    - linear: {name: fc}
    - dropout:
)";

/// The configuration after the overrides, or the first message.
std::string after(const std::vector<std::string>& overrides, const std::string& key, const std::string& yaml = kNet) {
  Diagnostics diagnostics;
  Node root = parse_yaml(yaml, "f.yaml", diagnostics);
  apply_overrides(root, overrides, kModel, diagnostics);
  if (diagnostics.has_errors()) return diagnostics.all()[0].str();
  const Node* node = root.find(key);
  return node ? write_yaml_line(*node) : "none";
}

std::string layer(std::size_t index, const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  Node root = parse_yaml(kNet, "f.yaml", diagnostics);
  apply_overrides(root, overrides, kModel, diagnostics);
  if (diagnostics.has_errors()) return diagnostics.all()[0].str();
  return write_yaml_line(root.find("model")->find("layers")->items().at(index));
}

TEST_SUITE("config") {
  TEST_CASE("overrides set, add, make and remove keys") {
    CHECK(after({"loss.type=kl_div"}, "loss") == "{type: kl_div}");
    CHECK(after({"loss.scale=0.5"}, "loss") == "{type: mse, scale: 0.5}");
    CHECK(after({"train.checkpoint.every=3"}, "train") == "{checkpoint: {every: 3}}");
    CHECK(after({"loss={type: mse, x: [1, 2]}"}, "loss") == "{type: mse, x: [1, 2]}");
    CHECK(after({"loss.type=null"}, "loss") == "{}");
    CHECK(after({"optimizer=null"}, "optimizer") == "none");
    CHECK(after({"a.b.c=null"}, "a") == "none");
    CHECK(after({"a=\"x=y\""}, "a") == "x=y");
    CHECK(after({"a=1", "a=2"}, "a") == "2");
    CHECK(after({"a.b=1"}, "a", "") == "{b: 1}");
  }

  TEST_CASE("a word becomes a map when a field is set in it") {
    CHECK(after({"optimizer.lr=0.1"}, "optimizer") == "{type: sgd, lr: 0.1}");
    CHECK(after({"data.augment.1.p=0.3"}, "data") ==
          "{augment: [{random_crop: {padding: 2}}, {horizontal_flip: {p: 0.3}}]}");
    CHECK(after({"data.augment.random_crop.padding=4"}, "data") ==
          "{augment: [{random_crop: {padding: 4}}, horizontal_flip]}");
    CHECK(after({"data.augment.0=vertical_flip"}, "data") == "{augment: [vertical_flip, horizontal_flip]}");
    CHECK(after({"data.augment.0=null"}, "data") == "{augment: [horizontal_flip]}");
  }

  TEST_CASE("layers go by their names") {
    CHECK(layer(0, {"model.layer1.0.out_channels=8"}) == "{conv2d: {name: layer1.0, out_channels: 8}}");
    CHECK(layer(1, {"model.layer1.0.conv.out_channels=8"}) == "{conv2d: {name: layer1.0.conv, out_channels: 8}}");
    CHECK(layer(4, {"model.fc.bias=false"}) == "{linear: {name: fc, bias: false}}");
    CHECK(layer(2, {"model.relu_1.slope=1"}) == "{relu: {slope: 1}}");
    CHECK(layer(2, {"model.relu.slope=1"}) == "{relu: {slope: 1}}");
    CHECK(layer(5, {"model.dropout_1.p=0.1"}) == "{dropout: {p: 0.1}}");
    CHECK(layer(5, {"model.layers.5.p=0.1"}) == "{dropout: {p: 0.1}}");
    CHECK(layer(3, {"model.linear_1.bias=false"}) == "{linear: {\"\": 10, bias: false}}");
    CHECK(layer(3, {"model.fc=relu"}) == "{linear: 10}");
    CHECK(layer(4, {"model.fc=relu"}) == "relu");
    CHECK(layer(4, {"model.fc=null"}) == "{dropout: null}");
    CHECK(after({"model.input=[3, 32, 32]"}, "model").starts_with("{input: [3, 32, 32], layers:"));
  }

  TEST_CASE("a short form keeps its meaning beside the new field") {
    Diagnostics diagnostics;
    testing::Sample sample;
    Node root = parse_yaml("inner: 7", "f.yaml", diagnostics);
    apply_override(root, "inner.decay=0.5", kModel, diagnostics);
    CHECK(read_fields(sample, root, "sample", diagnostics));
    CHECK(sample.inner.every == 7);
    CHECK(sample.inner.decay == 0.5);
    root = parse_yaml("inner: 7", "f.yaml", diagnostics);
    apply_override(root, "inner.every=9", kModel, diagnostics);
    CHECK(read_fields(sample, root, "sample", diagnostics));
    CHECK(sample.inner.every == 9);
  }

  TEST_CASE("mistakes in overrides point into the override") {
    CHECK(after({"lr"}, "") ==
          "command line:1:1: error: 'lr' is no override: write key=value, without blanks around the '='\nlr\n^");
    CHECK(after({"="}, "") ==
          "command line:1:1: error: '=' has no key: write key=value, without blanks around the '='\n=\n^");
    CHECK(
        after({"lr = 0.1"}, "") ==
        "command line:1:1: error: 'lr = 0.1' has no key: write key=value, without blanks around the '='\nlr = 0.1\n^");
    CHECK(after({"lr="}, "") == "command line:1:4: error: 'lr' has no value; lr=null takes the key out\nlr=\n   ^");
    CHECK(after({"a..b=1"}, "") == "command line:1:3: error: a part of the key is empty\na..b=1\n  ^");
    CHECK(after({"a=[1"}, "") ==
          "command line:1:3: error: this bracket is not closed, or a ',' is missing behind it\na=[1\n  ^");
    CHECK(
        after({"data.augment.7.p=1"}, "") ==
        "command line:1:14: error: the list has no item '7'; there are 2, from 0\ndata.augment.7.p=1\n             ^");
    CHECK(after({"model.fcc.bias=false"}, "") ==
          "command line:1:7: error: the list has no item 'fcc' (did you mean 'fc'?)\nmodel.fcc.bias=false\n      ^");
    CHECK(after({std::string(200'000, '.') + "=1"}, "").find("a key has at most 32 parts") != std::string::npos);
  }

  TEST_CASE("a value from the command line is named as such when it does not fit") {
    Diagnostics diagnostics;
    testing::Sample sample;
    Node root = parse_yaml("count: 1", "f.yaml", diagnostics);
    apply_overrides(root, std::vector<std::string>{"count=0", "inner.evry=3"}, kModel, diagnostics);
    read_fields(sample, root, "sample", diagnostics);
    REQUIRE(diagnostics.all().size() == 2);
    CHECK(diagnostics.all()[0].str() ==
          "command line:1:7: error: sample.count must be at least 1, got 0\ncount=0\n      ^");
    CHECK(diagnostics.all()[1].str() ==
          "command line:1:7: error: sample.inner has no field 'evry' (did you mean 'every'?)\ninner.evry=3\n      ^");
  }
}

}  // namespace
}  // namespace cnnctl
