#include "config/fields.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "config/doc.hpp"
#include "config/json.hpp"
#include "config/sample.hpp"
#include "config/scalars.hpp"
#include "config/suggest.hpp"
#include "config/yaml.hpp"

namespace cnnctl {
namespace {

using testing::Conv;
using testing::Drop;
using testing::Sample;

template <class T>
T read(const std::string& yaml, const std::string& file = "f.yaml") {
  Diagnostics diagnostics;
  const Node node = parse_yaml(yaml, file, diagnostics);
  T object;
  read_fields(object, node, "sample", diagnostics);
  diagnostics.throw_if_errors();
  return object;
}

/// What is said of windows along so many axes.
template <int axes>
struct Along {
  Sizes size;
  Padding border;

  void fields(Fields& f) {
    f.optional("size", size, "a size", per_axis(axes, at_least(1)));
    f.optional("border", border, "a border", per_axis(axes, {}));
  }
  bool operator==(const Along&) const = default;
};

constexpr const char* kFull = R"(
flag: true
count: 7
rate: 5e-4
name: "003"
window: [3, 4]
padding: [1, 2, 3, 4]
reduction: none
limit: 0
often: {every: 2, decay: 0.5}
inner: 9
means: [0.25, 1]
steps: 4
first: {type: conv2d, out_channels: 8, kernel_size: 3}
all:
  - relu
  - dropout: 0.25
  - dropout
  - {type: relu}
  - conv2d: {out_channels: 4, kernel_size: [5, 1], stride: 2, padding: same, bias: false}
)";

TEST_SUITE("config") {
  TEST_CASE("fields of every type are read") {
    const Sample s = read<Sample>(kFull);
    CHECK(s.flag);
    CHECK(s.count == 7);
    CHECK(s.rate == 5e-4);
    CHECK(s.name == "003");
    CHECK(s.window == Sizes{3, 4});
    CHECK(s.padding == Padding{Padding::Rule::given, {1, 2}, {3, 4}});
    CHECK(s.reduction == Reduction::none);
    CHECK(s.limit == 0);
    REQUIRE(s.often.has_value());
    CHECK(s.often->every == 2);
    CHECK(s.often->decay == 0.5);
    CHECK(s.inner.every == 9);
    CHECK(s.means == std::vector<double>{0.25, 1});
    CHECK(s.steps == std::vector<std::int64_t>{4});
    CHECK(s.first.kind == &testing::kConv);
    REQUIRE(s.all.size() == 5);
    CHECK(s.all[0].kind == &testing::kBare);
    CHECK(dynamic_cast<const Drop&>(*s.all[1]).p == 0.25);
    CHECK(dynamic_cast<const Drop&>(*s.all[2]).p == 0.5);
    const auto& conv = dynamic_cast<const Conv&>(*s.all[4]);
    CHECK(conv.kernel_size == Sizes{5, 1});
    CHECK(conv.stride == Sizes{2, 2});
    CHECK(conv.padding.rule == Padding::Rule::same);
    CHECK_FALSE(conv.bias);
  }

  TEST_CASE("what is not said keeps its default") {
    const Sample s = read<Sample>("count: 4");
    CHECK(s.count == 4);
    CHECK(s.rate == 0.1);
    CHECK(s.window == Sizes{2, 2});
    CHECK_FALSE(s.limit.has_value());
    CHECK_FALSE(s.first);
    CHECK(read<Sample>("").count == 3);
    CHECK_FALSE(read<Sample>("often: null").often.has_value());
  }

  TEST_CASE("paddings") {
    CHECK(read<Sample>("padding: 2").padding == Padding{Padding::Rule::given, {2, 2}, {2, 2}});
    CHECK(read<Sample>("padding: [1, 2]").padding == Padding{Padding::Rule::given, {1, 2}, {1, 2}});
    CHECK(read<Sample>("padding: valid").padding.rule == Padding::Rule::valid);
    CHECK(read<Sample>("padding: full").padding.rule == Padding::Rule::full);
  }

  TEST_CASE("sizes and paddings along one and three axes") {
    CHECK(read<Along<1>>("{size: 3, border: 2}") == Along<1>{{3}, {Padding::Rule::given, {2}, {2}}});
    CHECK(read<Along<1>>("{size: [3], border: [1, 2]}") == Along<1>{{3}, {Padding::Rule::given, {1}, {2}}});
    CHECK(read<Along<3>>("{size: 3, border: 1}") == Along<3>{{3, 3, 3}, {Padding::Rule::given, {1, 1, 1}, {1, 1, 1}}});
    CHECK(read<Along<3>>("{size: [1, 2, 3], border: [4, 5, 6]}") ==
          Along<3>{{1, 2, 3}, {Padding::Rule::given, {4, 5, 6}, {4, 5, 6}}});
    CHECK(read<Along<3>>("border: [1, 2, 3, 4, 5, 6]").border == Padding{Padding::Rule::given, {1, 2, 3}, {4, 5, 6}});
    for (const std::string yaml :
         {"{size: 3, border: 2}", "{size: [1, 2, 3], border: [1, 2, 3, 4, 5, 6]}", "{size: [1, 2, 1], border: same}"}) {
      Along<3> along = read<Along<3>>(yaml);
      CHECK(write_yaml_line(write_fields(along)) == yaml);
    }
    Along<1> sequence = read<Along<1>>("{size: 3, border: [1, 2]}");
    CHECK(write_yaml_line(write_fields(sequence)) == "{size: 3, border: [1, 2]}");
    CHECK_THROWS_WITH_AS(read<Along<1>>("size: [1, 2]"),
                         "f.yaml:1:7: error: sample.size must be one number, got a list of 2\nsize: [1, 2]\n      ^",
                         ConfigError);
    CHECK_THROWS_WITH_AS(read<Along<3>>("size: [1, 2]"),
                         "f.yaml:1:7: error: sample.size must be one number or [depth, height, width], got a list of "
                         "2\nsize: [1, 2]\n      ^",
                         ConfigError);
    CHECK_THROWS_WITH_AS(
        read<Along<3>>("border: [1, 2]"),
        "f.yaml:1:9: error: sample.border must be a number, [depth, height, width], [front, top, left, "
        "back, bottom, right], same, valid or full, got a list of 2\nborder: [1, 2]\n        ^",
        ConfigError);
  }

  TEST_CASE("a size that does not say its axes is a mistake of the programmer") {
    CHECK_THROWS_AS(FieldType<Sizes>::type(at_least(1)), std::logic_error);
    CHECK_THROWS_AS(FieldType<Padding>::type(per_axis(4, {})), std::logic_error);
  }

  TEST_CASE("write, read and write again gives the same") {
    for (const std::string yaml : {kFull, "", "padding: [1, 2]", "padding: full", "path: a/../b", "name: 'true'"}) {
      Sample first = read<Sample>(yaml);
      const std::string written = write_yaml(write_fields(first));
      Sample second = read<Sample>(written);
      CHECK(write_yaml(write_fields(second)) == written);
    }
    Sample s = read<Sample>("name: '003'\nfirst: {conv2d: {out_channels: 2, kernel_size: 3}}");
    const Node node = write_fields(s);
    CHECK(write_yaml_line(*node.find("name")) == "\"003\"");
    CHECK(write_yaml_line(*node.find("first")) ==
          "{type: conv2d, out_channels: 2, kernel_size: 3, padding: 0, bias: true}");
    CHECK(node.find("limit") == nullptr);
    CHECK(node.find("rate")->text() == "0.1");
  }

  TEST_CASE("paths are relative to the file that names them") {
    CHECK(read<Sample>("path: ../data/x", "configs/net.yaml").path.text == "data/x");
    CHECK(read<Sample>("path: x", "command line").path.text == "x");
    CHECK(read<Sample>("path: /abs/./x", "configs/net.yaml").path.text == "/abs/x");
    Sample s = read<Sample>("path: x", "configs/net.yaml");
    CHECK(write_fields(s).find("path")->text() == (std::filesystem::current_path() / "configs/x").string());
  }

  TEST_CASE("the reference says what the fields say") {
    Conv conv;
    const std::vector<FieldDoc> docs = document_fields(conv);
    REQUIRE(docs.size() == 5);
    CHECK(docs[0].name == "out_channels");
    CHECK(docs[0].required);
    CHECK(docs[0].limits == "at least 1");
    CHECK(docs[0].default_value.empty());
    CHECK(docs[4].default_value == "true");
    Sample sample;
    const std::vector<FieldDoc> all = document_fields(sample);
    CHECK(all[9].nested.size() == 2);
    CHECK(all[9].nested[0].shorthand);
    CHECK(all[11].type == "list of (number)");
    CHECK(entry_text(document(testing::kCatalog, testing::kDrop)) ==
          "dropout - Sets values to zero.\n"
          "\n"
          "  p: number, at least 0 and below 1, default 0.5\n"
          "      share of values set to zero\n"
          "\n"
          "`dropout: x` is short for {p: x}.\n"
          "\n"
          "example:\n"
          "  dropout: 0.2\n");
    const std::vector<EntryDoc> entries = document(testing::kCatalog);
    CHECK(list_text(entries) ==
          "conv2d   Slides filters over an image.\n"
          "dropout  Sets values to zero.\n"
          "relu     max(x, 0)\n");
    CHECK(find_entry(entries, "relu").summary == "max(x, 0)");
    CHECK_THROWS_WITH_AS(
        find_entry(entries, "drop_out"),
        "cnnctl: error: unknown layer 'drop_out' (did you mean 'dropout'?); known are conv2d, dropout, relu",
        UsageError);
    CHECK(markdown("Layers", {entries[1]}) ==
          "## Layers\n\n### `dropout`\n\nSets values to zero.\n\n"
          "| field | value | default | meaning |\n|---|---|---|---|\n"
          "| `p` | number, at least 0 and below 1 | `0.5` | share of values set to zero |\n\n"
          "```yaml\ndropout: 0.2\n```\n");
  }

  TEST_CASE("terminal text stays within 80 columns") {
    EntryDoc entry{"layer", "x", std::string(30, 'a') + " " + std::string(60, 'b'), "", {}};
    entry.fields.push_back({"f",
                            "number",
                            "",
                            "",
                            "one two three four five six seven eight nine ten eleven twelve thirteen",
                            false,
                            false,
                            {}});
    const std::string text = entry_text(entry);
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
      CHECK(end - begin <= 80);
      begin = end + 1;
    }
  }

  TEST_CASE("the schema is JSON with limits, words and every form of an entry") {
    Sample sample;
    const auto schema = nlohmann::json::parse(write_json(schema_of(sample)));
    CHECK(schema["additionalProperties"] == false);
    const auto& properties = schema["properties"];
    CHECK(properties["count"]["type"] == "integer");
    CHECK(properties["count"]["minimum"] == 1);
    CHECK(properties["count"]["default"] == 3);
    CHECK(properties["rate"]["exclusiveMinimum"] == 0);
    CHECK(properties["reduction"]["enum"].size() == 3);
    CHECK(properties["flag"]["description"] == "a truth value");
    CHECK(properties["inner"]["anyOf"].size() == 2);
    const auto& entry = properties["first"]["anyOf"];
    CHECK(entry[0]["enum"] == nlohmann::json({"conv2d", "dropout", "relu"}));
    CHECK(entry[1]["maxProperties"] == 1);
    CHECK(entry[1]["properties"].size() == 3);
    CHECK(entry[1]["properties"].contains("conv2d"));
    CHECK(entry[2]["properties"]["type"]["const"] == "conv2d");
    CHECK(entry[2]["required"] == nlohmann::json({"out_channels", "kernel_size", "type"}));
    CHECK(entry[3]["properties"]["p"]["exclusiveMaximum"] == 1);
  }

  TEST_CASE("strict numbers") {
    std::string problem;
    CHECK(to_real(Node::plain("1e-3"), problem) == 1e-3);
    CHECK(to_real(Node::plain("-.5"), problem) == -0.5);
    CHECK(to_real(Node::plain("2."), problem) == 2.0);
    CHECK(to_real(Node::plain("0"), problem) == 0.0);
    CHECK(to_integer(Node::plain("-9223372036854775808"), problem) == INT64_MIN);
    for (const char* text : {".", "-", "e5", "1e", "1e+", "0x1p3", "1 2", "--1", "infinity", "nan", "١"})
      CHECK_FALSE(to_real(Node::plain(text), problem).has_value());
    CHECK_FALSE(to_integer(Node::plain("9223372036854775808"), problem).has_value());
    CHECK(number_text(0.1) == "0.1");
    CHECK(number_text(1e-5) == "1e-05");
  }

  TEST_CASE("suggestions") {
    const std::string_view fields[] = {"out_channels", "kernel_size", "stride", "bias", "lr", "p"};
    CHECK(meant("kernal", fields) == "kernel_size");
    CHECK(meant("kernelSize", fields) == "kernel_size");
    CHECK(meant("filters", fields) == "out_channels");
    CHECK(meant("strides", fields) == "stride");
    CHECK(meant("use_bias", fields) == "bias");
    CHECK(meant("learning_rate", fields) == "lr");
    CHECK(meant("rate", fields) == "p");
    CHECK(meant("zebra", fields).empty());
    CHECK(suggest("stride:2", fields) == " (a blank must follow the ':')");
  }
}

}  // namespace
}  // namespace cnnctl
