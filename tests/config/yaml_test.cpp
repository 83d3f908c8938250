#include "config/yaml.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/file.hpp"
#include "base/message.hpp"
#include "base/rng.hpp"
#include "base/temporary_folder.hpp"

namespace cnnctl {
namespace {

Node parse(const std::string& text) {
  Diagnostics diagnostics;
  Node node = parse_yaml(text, "f.yaml", diagnostics);
  diagnostics.throw_if_errors();
  return node;
}

std::string refusal(const std::string& text) {
  try {
    parse(text);
  } catch (const ConfigError& error) {
    return error.diagnostics().at(0).where.str() + ": " + error.diagnostics().at(0).message;
  }
  return "accepted";
}

/// A random tree; leaves are drawn from texts that are hard to write.
Node random_node(Rng& rng, int depth) {
  static const std::string kTexts[] = {"",     "a",     "1",    "true", "null",  "~",    "a: b", "- x",   "#c",  "a #b",
                                       "it's", "\"q\"", "x\ny", "\t",   " lead", "end ", "[a]",  "{",     "&a",  "*a",
                                       "!t",   "|",     ">",    "%",    "@",     "`",    "0x1",  "1e-3",  ".5",  "ü",
                                       "a,b",  "a:b",   ":",    "?",    "-",     "yes",  "<<",   "\\n\\", "a: ", "..."};
  const std::uint32_t kind = rng.below(depth > 3 ? 3 : 6);
  if (kind == 0) return {};
  if (kind < 3) return Node::string(kTexts[rng.below(std::size(kTexts))]);
  if (kind == 3) {
    Node list = Node::list();
    for (std::uint32_t i = rng.below(4); i > 0; --i) list.items().push_back(random_node(rng, depth + 1));
    return list;
  }
  Node map = Node::map();
  for (std::uint32_t i = rng.below(4); i > 0; --i)
    map.set(kTexts[rng.below(std::size(kTexts))], random_node(rng, depth + 1));
  return map;
}

TEST_SUITE("config") {
  TEST_CASE("places count from 1 and point at the first letter") {
    const Node root = parse("a: {b: 1, \"c\": [x, \"y\"]}\nl:\n  - conv2d: {out: 8}\n  - relu\n");
    const Node& a = *root.find("a");
    CHECK(a.where().str() == "f.yaml:1:4");
    CHECK(a.find_entry("c")->where.str() == "f.yaml:1:11");
    CHECK(a.find("c")->items()[1].where().str() == "f.yaml:1:20");
    const Node& entry = root.find("l")->items()[0];
    CHECK(entry.entries()[0].where.str() == "f.yaml:3:5");
    CHECK(entry.entries()[0].value.find("out")->where().str() == "f.yaml:3:19");
    CHECK(root.find("l")->items()[1].where().text == "  - relu");
  }

  TEST_CASE("quotes, nulls and line ends") {
    const Node root = parse(
        "\xEF\xBB\xBF"
        "a: \"1\"\r\nb: ~\r\nc:\r\nd: |\n  two\n  lines\ne: 'null'\n");
    CHECK(root.find("a")->quoted());
    CHECK(root.find("b")->is_null());
    CHECK(root.find("c")->is_null());
    CHECK(root.find("d")->text() == "two\nlines\n");
    CHECK(root.find("e")->text() == "null");
    CHECK(root.find("a")->where().text == "a: \"1\"");
    CHECK(parse("").is_null());
    CHECK(parse("# only a comment\n").is_null());
  }

  TEST_CASE("what is written reads back equal") {
    for (std::uint32_t i = 0; i < 2000; ++i) {
      Rng rng(7, Purpose::synthetic, i);
      const Node node = random_node(rng, 0);
      const std::string text = write_yaml(node);
      CAPTURE(text);
      CHECK(parse(text) == node);
      CHECK(parse(write_yaml_line(node)) == node);
    }
  }

  TEST_CASE("written YAML is pleasant") {
    const std::string text =
        "name: lenet\n"
        "data:\n"
        "  path: ../fashion mnist\n"
        "  augment:\n"
        "    - random_crop: {padding: 2}\n"
        "    - horizontal_flip\n"
        "model:\n"
        "  input: [1, 28, 28]\n"
        "  layers:\n"
        "    - conv2d: {out_channels: 6, kernel_size: [5, 3], padding: same}\n"
        "    - max_pool2d: 2\n"
        "    - relu\n"
        "optimizer: {type: sgd, lr: 0.05, tag: \"1\"}\n"
        "nothing: null\n";
    CHECK(write_yaml(parse(text)) == text);
    CHECK(write_yaml_line(parse("a: {b: [1, x]}")) == "{a: {b: [1, x]}}");
  }

  TEST_CASE("equal nodes differ in quotes only where quotes mean nothing") {
    CHECK(parse("a") == parse("'a'"));
    CHECK_FALSE(parse("1") == parse("'1'"));
    CHECK_FALSE(parse("{a: 1}") == parse("{a: 1, b: 2}"));
    CHECK_FALSE(parse("[a]") == parse("[b]"));
  }

  TEST_CASE("bombs are refused at once") {
    const auto repeat = [](const std::string& text, int count) {
      std::string all;
      for (int i = 0; i < count; ++i) all += text;
      return all;
    };
    CHECK(refusal(repeat("[", 100'000)) == "f.yaml:1:33: nested deeper than 64 levels");
    CHECK(refusal(repeat("{a: ", 100'000)) == "f.yaml:1:253: nested deeper than 64 levels");
    CHECK(refusal(repeat("- ", 100'000)) == "f.yaml:1:129: nested deeper than 64 levels");
    CHECK(refusal("[" + repeat("1,", 100'000) + "]") ==
          "f.yaml:1:200000: the configuration has more than 100,000 values");
    CHECK(refusal("a: " + repeat("1", 1 << 20)) ==
          "f.yaml:1:1: a configuration may have 1.00 MiB, this has 1048579 bytes");
    CHECK(refusal("a: &a [x, x]\nb: &b [*a, *a]\n") ==
          "f.yaml:1:4: anchors (&) and aliases (*) are not allowed: write the value out, or use a block");
    CHECK(refusal("a: &a [*a]").find("anchors") != std::string::npos);
    CHECK(refusal("[:") == "f.yaml:1:2: not valid YAML: this character cannot begin a value: put the value in quotes");
    CHECK(refusal("{:") == "f.yaml:1:2: not valid YAML: this character cannot begin a value: put the value in quotes");
  }

  TEST_CASE("bytes that are no text are refused with their position") {
    CHECK(refusal(std::string("a: b\0c", 6)) == "f.yaml:1:5: byte 4 (0x00) is a control character");
    CHECK(refusal("a: \x1b[31m") == "f.yaml:1:4: byte 3 (0x1b) is a control character");
    CHECK(refusal("a: \xff") == "f.yaml:1:4: byte 3 (0xff) is not UTF-8");
    CHECK(refusal("a: \xc0\xaf") == "f.yaml:1:4: byte 3 (0xc0) is not UTF-8");
    CHECK(refusal("a: \xed\xa0\x80") == "f.yaml:1:4: byte 3 (0xed) is not UTF-8");
    CHECK(refusal("a: \xf5\x80\x80\x80") == "f.yaml:1:4: byte 3 (0xf5) is not UTF-8");
    CHECK(refusal("a: \xe2\x82") == "f.yaml:1:4: byte 3 (0xe2) is not UTF-8");
    CHECK(refusal("\xff\xfe"
                  "a") == "f.yaml:1:1: is not UTF-8; it looks like UTF-16: save it as UTF-8");
    CHECK(refusal("a: \xe2\x82\xac \xf0\x9f\x98\x80") == "accepted");
  }

  TEST_CASE("random bytes and mutated text never crash") {
    const std::string base = "a: {b: 1, \"c\": [x, 'y']}\nl:\n  - conv2d: {out: 8}\n  - relu\n  - |\n   t\n";
    for (std::uint32_t i = 0; i < 3000; ++i) {
      Rng rng(11, Purpose::synthetic, i);
      std::string text = base;
      for (std::uint32_t k = rng.below(6) + 1; k > 0; --k)
        text[rng.below(static_cast<std::uint32_t>(text.size()))] =
            static_cast<char>(" :{}[],-?&*!|>'\"%@`\n\t#x1"[rng.below(25)]);
      Diagnostics diagnostics;
      const Node node = parse_yaml(text, "f.yaml", diagnostics);
      CAPTURE(text);
      if (!diagnostics.has_errors()) CHECK(parse(write_yaml(node)) == node);
    }
  }

  TEST_CASE("a file that is not there is named, with its neighbour") {
    const testing::TemporaryFolder folder;
    folder.write("lenet.yaml", "a: 1\n");
    Diagnostics diagnostics;
    CHECK(load_yaml(folder / "lenet.yaml", diagnostics).find("a")->text() == "1");
    load_yaml(folder / "lent.yaml", diagnostics);
    REQUIRE(diagnostics.all().size() == 1);
    CHECK(diagnostics.all()[0].str() ==
          (folder / "lent.yaml") + ": error: no such file (did you mean '" + (folder / "lenet.yaml") + "'?)");
    CHECK(testing::message_of<IoError>([&] { load_yaml(folder.path(), diagnostics); }) ==
          folder.path() + ": error: cannot read: Is a directory");
  }
}

}  // namespace
}  // namespace cnnctl
