#include <doctest/doctest.h>

#include <algorithm>

#include "base/message.hpp"
#include "configure.hpp"
#include "data/contents.hpp"
#include "data/dataset.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::Contents;
using cnnctl::testing::contents_of;
using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

Contents load(const std::string& yaml, Split split = Split::train, int workers = 2) {
  return contents_of(*configure(datasets(), "synthetic", yaml)->open(split, Workers(workers)));
}

/// Share of `test` whose nearest class mean of `train` is that of its own class.
double nearest_mean_accuracy(const Contents& train, const Contents& test) {
  const auto size = static_cast<std::size_t>(train.shape.count());
  std::vector<std::vector<double>> means(train.class_names.size(), std::vector<double>(size));
  for (std::size_t i = 0; i < train.labels.size(); ++i)
    for (std::size_t at = 0; at < size; ++at)
      means[static_cast<std::size_t>(train.labels[i])][at] += train.pixels[i * size + at];
  const double share = static_cast<double>(means.size()) / static_cast<double>(train.count);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < test.labels.size(); ++i) {
    std::vector<double> distances;
    for (const std::vector<double>& mean : means) {
      double& distance = distances.emplace_back(0.0);
      for (std::size_t at = 0; at < size; ++at) {
        const double error = mean[at] * share - test.pixels[i * size + at];
        distance += error * error;
      }
    }
    right += std::min_element(distances.begin(), distances.end()) - distances.begin() == test.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(test.count);
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("synthetic: a function of the seed, the same for any number of workers, splits differ") {
    const std::string yaml = "{classes: 3, count: 10, test_count: 4, shape: [3, 5, 7], seed: 1}";
    const Contents samples = load(yaml);
    CHECK(samples.count == 10);
    CHECK(samples.shape == Shape{3, 5, 7});
    CHECK(samples.pixels.size() == 10 * 3 * 5 * 7);
    CHECK(samples.labels == std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0});
    CHECK(samples.class_names == std::vector<std::string>{"0", "1", "2"});
    for (const int workers : {1, 3, 8}) CHECK(load(yaml, Split::train, workers).pixels == samples.pixels);
    const Contents test = load(yaml, Split::test);
    CHECK(test.count == 4);
    CHECK(!std::equal(test.pixels.begin(), test.pixels.end(), samples.pixels.begin()));
    CHECK(load("{classes: 3, count: 10, shape: [3, 5, 7], seed: 2}").pixels != samples.pixels);
  }

  TEST_CASE("synthetic: classes can be told apart") {
    const std::string yaml = "{classes: 10, count: 400, test_count: 200, shape: [1, 16, 16], noise: 0.3}";
    CHECK(nearest_mean_accuracy(load(yaml), load(yaml, Split::test)) > 0.95);
  }

  TEST_CASE("synthetic: the picture without noise as a target, beside the same picture") {
    const std::string yaml = "classes: 3, count: 10, shape: [2, 5, 7], seed: 4";
    const auto open = [&](const std::string& more) {
      return configure(datasets(), "synthetic", "{" + yaml + more + "}")->open(Split::train, Workers(2));
    };
    const std::unique_ptr<Samples> plain = open(", noise: 0.2"), both = open(", noise: 0.2, target: clean"),
                                   quiet = open(", noise: 0");
    CHECK(plain->spec().target == "class");
    CHECK(both->spec().target == "clean");
    CHECK(both->spec().column("clean") == Column{"clean", Element::u8, {2, 5, 7}, true, false});
    CHECK(contents_of(*both).pixels == contents_of(*plain).pixels);
    CHECK(contents_of(*both).labels == contents_of(*plain).labels);
    const std::vector<std::uint8_t> expected = contents_of(*quiet).pixels;
    CHECK(expected != contents_of(*plain).pixels);
    Sample sample;
    for (std::int64_t i = 0; i < 10; ++i) {
      both->read(i, sample);
      CHECK(std::equal(expected.begin() + i * 70, expected.begin() + (i + 1) * 70, sample.data<std::uint8_t>(2)));
    }
  }

  TEST_CASE("synthetic: masks tell a disc of a class from the ground, which is class 0") {
    const auto samples =
        configure(datasets(), "synthetic", "{classes: 3, count: 8, shape: [1, 20, 24], noise: 0, target: mask}")
            ->open(Split::train, Workers(2));
    const SampleSpec& spec = samples->spec();
    CHECK(spec.target == "mask");
    const std::size_t mask = spec.index("mask");
    CHECK(spec.columns[mask] == Column{"mask", Element::i32, {1, 20, 24}, true});
    for (std::int64_t i = 0; i < 8; ++i) {
      Sample sample;
      samples->read(i, sample);
      const std::int32_t own = *sample.data<std::int32_t>(spec.index("class"));
      CHECK(own == 1 + i % 2);
      std::int64_t covered = 0;
      for (std::int64_t at = 0; at < 20 * 24; ++at) {
        const std::int32_t here = sample.data<std::int32_t>(mask)[at];
        CHECK((here == 0 || here == own));
        covered += here != 0;
        if (here == 0) CHECK(sample.data<std::uint8_t>(0)[at] == 128);  // plain
      }
      CHECK(covered > 0);
      CHECK(covered < 20 * 24 / 4);
    }
  }

  TEST_CASE("synthetic: a shape of three numbers only") {
    const std::string message = message_of<ConfigError>([] { load("{shape: [28, 28]}"); });
    CHECK(message.find("shape takes three numbers: [channels, height, width]") != std::string::npos);
  }
}
}  // namespace cnnctl
