// The exact message for each configuration of bad_configs.txt; further ones need no code.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/file.hpp"
#include "config/sample.hpp"
#include "config/yaml.hpp"
#include "paths.hpp"

namespace cnnctl {
namespace {

struct Case {
  std::string yaml, message;
};

std::string take_until(std::string& text, const std::string& separator) {
  const std::size_t end = text.find(separator);
  REQUIRE(end != std::string::npos);
  std::string part = text.substr(0, end);
  text.erase(0, end + separator.size());
  return part;
}

std::vector<Case> read_cases() {
  std::string text = read_file(testing::kSourceFolder + "/tests/config/bad_configs.txt");
  while (text.starts_with("#")) text.erase(0, text.find('\n') + 1);
  std::vector<Case> cases;
  while (!text.empty()) {
    Case c;
    c.yaml = take_until(text, "\n=>\n");
    c.message = take_until(text, "\n%%\n");
    cases.push_back(std::move(c));
  }
  return cases;
}

std::string message_of(const std::string& yaml) {
  Diagnostics diagnostics;
  const Node node = parse_yaml(yaml, "f.yaml", diagnostics);
  testing::Sample sample;
  if (!diagnostics.has_errors()) read_fields(sample, node, "sample", diagnostics);
  try {
    diagnostics.throw_if_errors();
  } catch (const ConfigError& error) {
    CHECK(error.code() == ExitCode::config);
    return error.what();
  }
  return "no mistake found";
}

TEST_SUITE("config") {
  TEST_CASE("every mistake has its exact message") {
    const std::vector<Case> cases = read_cases();
    CHECK(cases.size() >= 90);
    for (const Case& c : cases) {
      CAPTURE(c.yaml);
      CHECK(message_of(c.yaml) == c.message);
    }
  }

  TEST_CASE("all mistakes of a file come at once, in the order of their places") {
    const std::string message = message_of("rate: 0\nkount: 1\nfirst: zebra\ncount: 0\n");
    const std::size_t rate = message.find("f.yaml:1:7"), key = message.find("f.yaml:2:1");
    const std::size_t entry = message.find("f.yaml:3:8"), count = message.find("f.yaml:4:8");
    CHECK(rate < key);
    CHECK(key < entry);
    CHECK(entry < count);
    CHECK(count != std::string::npos);
  }
}

}  // namespace
}  // namespace cnnctl
