#include "data/loader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.hpp"
#include "configure.hpp"
#include "data/contents.hpp"
#include "data/measure.hpp"
#include "data/partition.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::contents_of;
using cnnctl::testing::numbered_samples;
using cnnctl::testing::samples_of;

namespace cnnctl {
namespace {

std::vector<std::uint32_t> all_of(const Samples& samples) {
  std::vector<std::uint32_t> indices(static_cast<std::size_t>(samples.count()));
  std::iota(indices.begin(), indices.end(), 0u);
  return indices;
}

Pipeline plain(const Shape& shape) {
  const auto channels = static_cast<std::size_t>(shape.channels());
  return {.picture = shape,
          .input = shape,
          .normalization = {std::vector<double>(channels, 0), std::vector<double>(channels, 1)}};
}

Pipeline measured(const Samples& samples) {
  Pipeline pipeline = plain(samples.spec().columns[0].shape);
  pipeline.normalization = measure(samples, all_of(samples), Workers(2));
  return pipeline;
}

struct Filled {
  std::vector<real> x;
  std::vector<std::int32_t> labels;
  bool operator==(const Filled&) const = default;
};

Filled fill(Loader& loader, const Workers& workers, std::int64_t b) {
  const Batch& batch = loader.fill(workers, b);
  const ConstView x = batch.values("image");
  const std::span<const std::int32_t> labels = batch.classes("class");
  return {{x.data, x.data + x.count()}, {labels.begin(), labels.end()}};
}

std::vector<std::uint32_t> order_of(const Loader& loader) {
  std::vector<std::uint32_t> order;
  for (std::int64_t b = 0; b < loader.batches(); ++b)
    for (const std::uint32_t sample : loader.batch(b)) order.push_back(sample);
  return order;
}

Loader::Options augmenting() {
  Loader::Options options{.batch_size = 16, .shuffle = true, .seed = 5, .augment = {}};
  options.augment.push_back(configure(transforms(), "random_crop", "{padding: 2}"));
  options.augment.push_back(configure(transforms(), "horizontal_flip"));
  options.augment.push_back(configure(transforms(), "random_affine", "{degrees: 10}"));
  return options;
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("loader: batches in the order given, the last one short, pixels normalised by channel") {
    const std::unique_ptr<Samples> held = numbered_samples(7, {3, 2, 2});
    const Samples& samples = *held;
    Pipeline pipeline = plain({3, 2, 2});
    pipeline.normalization = {{0.5, 0.25, 0}, {0.5, 1, 2}};
    Loader loader(samples, {6, 0, 3, 5, 1}, pipeline, {.batch_size = 2, .augment = {}});
    const Workers workers(2);
    CHECK(loader.size() == 5);
    CHECK(loader.batches() == 3);
    CHECK(order_of(loader) == std::vector<std::uint32_t>{6, 0, 3, 5, 1});
    CHECK(loader.batch(2).size() == 1);
    const Filled second = fill(loader, workers, 1);
    CHECK(second.labels == std::vector<std::int32_t>{3, 5});
    const double mean[] = {0.5, 0.25, 0}, deviation[] = {0.5, 1, 2};
    for (std::size_t i = 0; i < 12; ++i)
      CHECK(static_cast<double>(second.x[i]) ==
            doctest::Approx((contents_of(samples).pixels[3 * 12 + i] / 255.0 - mean[i % 3]) / deviation[i % 3])
                .epsilon(1e-5));
  }

  TEST_CASE("loader: a short last batch is left out where so said, a whole one is not") {
    const std::unique_ptr<Samples> held = numbered_samples(7, {1, 1, 1});
    for (const auto& [size, batches, delivered] : {std::tuple{3, 2, 6}, {7, 1, 7}, {8, 0, 0}, {1, 7, 7}}) {
      Loader loader(*held, all_of(*held), plain({1, 1, 1}), {.batch_size = size, .augment = {}, .drop_last = true});
      CHECK(loader.batches() == batches);
      CHECK(loader.delivered() == delivered);
      for (std::int64_t b = 0; b < batches; ++b) CHECK(loader.batch(b).size() == static_cast<std::size_t>(size));
    }
    Loader whole(*held, all_of(*held), plain({1, 1, 1}), {.batch_size = 3, .augment = {}});
    CHECK(whole.batches() == 3);
    CHECK(whole.delivered() == 7);
  }

  TEST_CASE("loader: an epoch's order is a function of seed and epoch, and holds every sample once") {
    const std::unique_ptr<Samples> held = numbered_samples(103, {1, 1, 1});
    const Samples& samples = *held;
    const auto order = [&](std::uint64_t seed, std::int64_t epoch) {
      Loader loader(samples, all_of(samples), plain({1, 1, 1}),
                    {.batch_size = 10, .shuffle = true, .seed = seed, .augment = {}});
      loader.begin_epoch(9);
      loader.begin_epoch(epoch);
      return order_of(loader);
    };
    CHECK(order(1, 0) == order(1, 0));
    CHECK(order(1, 0) != order(1, 1));
    CHECK(order(1, 0) != order(2, 0));
    std::vector<std::uint32_t> sorted = order(1, 3);
    CHECK(sorted != all_of(samples));
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted == all_of(samples));
  }

  TEST_CASE("loader: augmented or not, the same bits for any number of workers and any order of batches") {
    const std::unique_ptr<Samples> held = numbered_samples(60, {3, 40, 24});
    const Samples& samples = *held;
    for (const bool augment : {false, true}) {
      CAPTURE(augment);
      const Loader::Options options =
          augment ? augmenting() : Loader::Options{.batch_size = 16, .shuffle = true, .seed = 5, .augment = {}};
      const Pipeline pipeline = measured(samples);
      Loader alone(samples, all_of(samples), pipeline, options);
      alone.begin_epoch(2);
      const Workers one(1);
      std::vector<Filled> expected;
      for (std::int64_t b = 0; b < alone.batches(); ++b) expected.push_back(fill(alone, one, b));
      for (const int count : {2, 3, 8}) {
        const Workers workers(count);
        Loader again(samples, all_of(samples), pipeline, options);
        again.begin_epoch(2);
        for (std::int64_t b = again.batches() - 1; b >= 0; --b)
          CHECK(fill(again, workers, b) == expected[static_cast<std::size_t>(b)]);
      }
      alone.begin_epoch(3);
      CHECK(fill(alone, one, 0) != expected[0]);
    }
  }

  TEST_CASE("loader: a sample's augmentation does not depend on its place, but on the epoch") {
    const std::unique_ptr<Samples> held = numbered_samples(8, {1, 6, 6});
    const Samples& samples = *held;
    Loader::Options options = augmenting();
    options.shuffle = false;
    const Workers workers(1);
    Loader forth(samples, {0, 1, 2}, plain({1, 6, 6}), options), back(samples, {2, 5, 6, 0}, plain({1, 6, 6}), options);
    const Filled a = fill(forth, workers, 0), b = fill(back, workers, 0);
    CHECK(std::equal(a.x.begin() + 72, a.x.end(), b.x.begin()));
    forth.begin_epoch(1);
    CHECK(fill(forth, workers, 0) != a);
  }

  TEST_CASE("loader: augmentation that changes nothing gives the bits of none") {
    const std::unique_ptr<Samples> held = numbered_samples(9, {3, 5, 5});
    const Samples& samples = *held;
    const Pipeline pipeline = measured(samples);
    Loader without(samples, all_of(samples), pipeline, {.batch_size = 9, .augment = {}});
    Loader::Options options{.batch_size = 9, .augment = {}};
    options.augment.push_back(configure(transforms(), "horizontal_flip", "0"));
    Loader with(samples, all_of(samples), pipeline, options);
    const Workers workers(2);
    CHECK(fill(with, workers, 0) == fill(without, workers, 0));
  }

  TEST_CASE("measure: mean and deviation of each channel, exact beyond what 32 bits hold") {
    const std::unique_ptr<Samples> samples =
        samples_of({2, 1, 2}, {0, 7, 255, 7, 0, 7, 255, 7, 0, 7, 255, 7, 99, 99, 99, 99}, {0, 0, 0, 0}, 1);
    const std::uint32_t chosen[] = {0, 1, 2};
    const Normalization some = measure(*samples, chosen, Workers(1));
    CHECK(some.mean[0] == 0.5);
    CHECK(some.std[0] == 0.5);
    CHECK(some.mean[1] == doctest::Approx(7.0 / 255));
    CHECK(some.std[1] == 1);

    std::vector<std::uint8_t> pixels(200'000, 255);
    pixels[0] = 0;
    const std::unique_ptr<Samples> many = samples_of({1, 1, 1}, pixels, std::vector<std::int32_t>(200'000), 1);
    const Normalization large = measure(*many, all_of(*many), Workers(3));
    CHECK(large.mean[0] == doctest::Approx(199'999.0 / 200'000).epsilon(1e-15));
    CHECK(large.std[0] == doctest::Approx(std::sqrt(199'999.0) / 200'000).epsilon(1e-9));
  }

  TEST_CASE("stratified_split: exactly the share of each class, nothing lost, nothing twice") {
    std::vector<std::int32_t> labels;
    for (int i = 0; i < 1000; ++i) labels.push_back(i % 10 < 7 ? 0 : i % 10 < 9 ? 1 : 2);  // 700, 200, 100
    labels.push_back(3);                                                                   // alone: stays in training
    const std::unique_ptr<Samples> samples = samples_of({1, 1, 1}, std::vector<std::uint8_t>(labels.size()), labels, 5);
    const Partition partition = stratified_split(*samples, 0.1, 42);
    std::vector<int> held(5);
    for (const std::uint32_t i : partition.validation) ++held[static_cast<std::size_t>(labels[i])];
    CHECK(held == std::vector<int>{70, 20, 10, 0, 0});
    CHECK(std::is_sorted(partition.train.begin(), partition.train.end()));
    CHECK(std::is_sorted(partition.validation.begin(), partition.validation.end()));
    std::vector<std::uint32_t> both;
    std::merge(partition.train.begin(), partition.train.end(), partition.validation.begin(), partition.validation.end(),
               std::back_inserter(both));
    CHECK(both.size() == 1001);
    CHECK(std::adjacent_find(both.begin(), both.end()) == both.end());
    CHECK(stratified_split(*samples, 0.1, 42).validation == partition.validation);
    CHECK(stratified_split(*samples, 0.1, 43).validation != partition.validation);
    CHECK(stratified_split(*samples, 0, 42).validation.empty());
    CHECK(stratified_split(*samples_of({1, 1, 1}, {0, 0}, {0, 0}, 1), 0.9, 1).train.size() == 1);
  }
}
}  // namespace cnnctl
