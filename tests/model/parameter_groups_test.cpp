#include "model/parameter_groups.hpp"

#include <doctest/doctest.h>

#include "base/message.hpp"
#include "config/yaml.hpp"

using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

bool matches(const std::string& pattern, std::string_view name) { return NamePattern{pattern, {}}.matches(name); }

struct Holder {
  std::vector<ParameterGroup> groups;
  void fields(Fields& f) { f.optional("groups", groups, ""); }
};

/// Groups read from a YAML list and checked against these names; throws ConfigError.
std::vector<ParameterGroup> groups(const std::string& yaml, const std::vector<std::string>& names) {
  Diagnostics diagnostics;
  Holder holder;
  read_fields(holder, parse_yaml("groups: " + yaml, "c.yaml", diagnostics), kRoot, diagnostics);
  diagnostics.throw_if_errors();
  check_groups(holder.groups, names, diagnostics);
  diagnostics.throw_if_errors();
  return holder.groups;
}

const std::vector<std::string> kNames{
    "conv1.weight",          "bn1.weight", "bn1.bias", "bn1.running_mean", "layer1.0.conv1.weight",
    "layer2.0.conv1.weight", "fc.weight",  "fc.bias"};

std::string complaint(const std::string& yaml) {
  const std::string message = message_of<ConfigError>([&] { groups(yaml, kNames); });
  return message.substr(0, message.find('\n'));
}

}  // namespace

TEST_SUITE("model") {
  TEST_CASE("patterns: whole names, with *, ? and classes of characters") {
    CHECK(matches("fc.weight", "fc.weight"));
    CHECK_FALSE(matches("fc.weight", "fc.weights"));
    CHECK_FALSE(matches("fc.weight", "fcxweight"));
    CHECK(matches("*", "layer1.0.conv1.weight"));
    CHECK(matches("*", ""));
    CHECK(matches("*.bias", "layer1.0.conv1.bias"));
    CHECK(matches("layer1.*", "layer1.0.conv1.bias"));
    CHECK_FALSE(matches("layer1.*", "layer1"));
    CHECK_FALSE(matches("layer1.*", "layer10.weight"));
    CHECK(matches("layer1*.*", "layer10.weight"));
    CHECK(matches("*conv*.*", "layer1.conv.conv.bias"));
    CHECK(matches("*ab", "aab"));  // the star gives back what it took
    CHECK_FALSE(matches("*ab*ba", "aba"));
    CHECK(matches("conv?.weight", "conv2.weight"));
    CHECK_FALSE(matches("conv?.weight", "conv.weight"));
    CHECK(matches("layer[1-3].*", "layer3.x"));
    CHECK_FALSE(matches("layer[1-3].*", "layer4.x"));
    CHECK(matches("layer[!1-3].*", "layer4.x"));
    CHECK_FALSE(matches("layer[!1-3].*", "layer1.x"));
    CHECK(matches("[a-cx-z]1", "y1"));
    CHECK(matches("[]]", "]"));
    CHECK(matches("[a-]", "-"));
    CHECK(matches("a[b", "a[b"));
    CHECK_FALSE(matches("[ab]", ""));
  }

  TEST_CASE("parameter groups: the first match wins, one pattern or a list") {
    const std::vector<ParameterGroup> all = groups(
        "[{match: \"layer[12].*\", train: false}, {match: [\"*.bias\", bn1.weight], decay_scale: 0}, "
        "{match: \"fc.*\", lr_scale: 10}]",
        kNames);
    CHECK(group_of(all, "layer1.0.conv1.weight") == 0);
    CHECK(group_of(all, "layer1.0.conv1.bias") == 0);
    CHECK(group_of(all, "fc.bias") == 1);
    CHECK(group_of(all, "bn1.weight") == 1);
    CHECK(group_of(all, "fc.weight") == 2);
    CHECK(group_of(all, "conv1.weight") == std::nullopt);
    CHECK_FALSE(all[0].train);
    CHECK(all[1].decay_scale == 0);
    CHECK(all[2].lr_scale == 10);
  }

  TEST_CASE("parameter groups: a pattern without a match is an error at its place that names what is near") {
    CHECK(complaint("[{match: fc.wieght}]") ==
          "c.yaml:1:18: error: 'fc.wieght' matches no parameter (did you mean 'fc.weight'?)");
    CHECK(complaint("[{match: [fc.bias, \"laier1.*\"]}]") ==
          "c.yaml:1:28: error: 'laier1.*' matches no parameter (did you mean 'layer1.*'?)");
    CHECK(complaint("[{match: \"*.bais\"}]") ==
          "c.yaml:1:18: error: '*.bais' matches no parameter (did you mean '*.bias'?)");
    CHECK(complaint("[{match: encoder}]") ==
          "c.yaml:1:18: error: 'encoder' matches no parameter; there are conv1.weight, bn1.weight, bn1.bias, "
          "bn1.running_mean, layer1.0.conv1.weight, layer2.0.conv1.weight, fc.weight, fc.bias");
  }

  TEST_CASE("parameter groups: an entry that is never the first to match is an error") {
    CHECK(complaint("[{match: \"*\", train: false}, {match: \"fc.*\"}]") ==
          "c.yaml:1:46: error: all parameters that this entry matches are matched by an entry before it, and the first "
          "match wins: put it further up");
  }

  TEST_CASE("parameter groups: an entry needs a pattern, and factors are not negative") {
    CHECK(complaint("[{train: false}]").find("needs 'match'") != std::string::npos);
    CHECK(complaint("[{match: []}]").find("match needs a pattern: \"fc.*\"") != std::string::npos);
    CHECK(complaint("[{match: fc.bias, lr_scale: -1}]").find("lr_scale must be at least 0") != std::string::npos);
    CHECK(groups("[fc.bias]", kNames)[0].matches("fc.bias"));  // the shorthand
  }
}
}  // namespace cnnctl
