// Sets that are read when they are asked for: kept, fitted, renumbered, and with more columns than a picture and a
// class.
#include <doctest/doctest.h>

#include <atomic>

#include "base/error.hpp"
#include "base/message.hpp"
#include "configure.hpp"
#include "data/cached.hpp"
#include "data/contents.hpp"
#include "data/fitted.hpp"
#include "data/loader.hpp"
#include "data/measure.hpp"
#include "data/renamed.hpp"
#include "data/subset.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::contents_of;
using cnnctl::testing::first;
using cnnctl::testing::Lazy;
using cnnctl::testing::message_of;
using cnnctl::testing::numbered_samples;
using cnnctl::testing::pixels_of;
using cnnctl::testing::samples_of;
using cnnctl::testing::Watched;

namespace cnnctl {
namespace {

/// Pictures of two channels with a mask of class numbers, a vector of numbers and a second picture.
std::unique_ptr<Samples> rows_of_columns(std::int64_t count) {
  SampleSpec spec;
  spec.columns = {{"image", Element::u8, {2, 3, 4}, true, false},
                  {"mask", Element::i32, {1, 3, 4}, true, false},
                  {"angles", Element::f32, {2}, false, false},
                  {"clean", Element::u8, {1, 3, 4}, true, false}};
  spec.target = "mask";
  std::vector<MemorySamples::Values> values(4);
  std::vector<std::int32_t> mask;
  std::vector<float> angles;
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t at = 0; at < 12; ++at) {
      const auto pixel = static_cast<std::uint8_t>(i * 12 + at);
      values[0].bytes.insert(values[0].bytes.end(), {pixel, static_cast<std::uint8_t>(255 - pixel)});
      values[3].bytes.push_back(pixel);
      mask.push_back(pixel);
    }
    angles.insert(angles.end(), {static_cast<float>(i), -0.5f});
  }
  values[1] = values_of(mask);
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(angles.data());
  values[2].bytes.assign(bytes, bytes + angles.size() * sizeof(float));
  return std::make_unique<MemorySamples>(std::move(spec), count, std::move(values));
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("cache: keeps as many samples as there is room for, and gives the same bytes") {
    for (const std::uint64_t limit : {0u, 100u, 500u, 100'000u}) {
      CAPTURE(limit);
      std::atomic<int> readings{0};
      const std::unique_ptr<Samples> cached =
          cache_samples(std::make_unique<Watched>(numbered_samples(20, {3, 2, 2}), readings), limit);
      const std::uint64_t record = 16 + 16;  // 12 pixels and a class, each padded
      const auto kept = static_cast<int>(std::min<std::uint64_t>(20, limit / record));
      CHECK(cached->resident_bytes() == static_cast<std::uint64_t>(kept) * record + 20 * 4);
      CHECK(!cached->in_memory());
      for (int round = 1; round <= 3; ++round) {
        const auto contents = contents_of(*cached);
        CHECK(contents.pixels == contents_of(*numbered_samples(20, {3, 2, 2})).pixels);
        CHECK(contents.labels == contents_of(*numbered_samples(20, {3, 2, 2})).labels);
        CHECK(readings == 20 + (round - 1) * (20 - kept));
      }
      CHECK(cached->in_memory() == (kept == 20));
    }
  }

  TEST_CASE("cache: many threads at once read the same bytes") {
    std::atomic<int> readings{0};
    const std::unique_ptr<Samples> cached =
        cache_samples(std::make_unique<Watched>(numbered_samples(500, {1, 5, 5}), readings), 300 * 48);
    const auto expected = contents_of(*numbered_samples(500, {1, 5, 5}));
    std::atomic<int> wrong{0};
    const Workers workers(4, Workers::Backend::threads);
    workers.run(4000, [&](std::int64_t task, int) {
      Sample sample;
      const std::int64_t i = task * 7 % 500;
      cached->read(i, sample);
      if (!std::equal(expected.pixels.begin() + i * 25, expected.pixels.begin() + (i + 1) * 25,
                      sample.data<std::uint8_t>(0)) ||
          *sample.data<std::int32_t>(1) != expected.labels[static_cast<std::size_t>(i)])
        ++wrong;
    });
    CHECK(wrong == 0);
    CHECK(readings < 4000);
  }

  TEST_CASE("leave_out_bad: what cannot be read is left out with a warning, or nothing is left") {
    std::atomic<int> readings{0};
    const auto without = [&](std::vector<std::int64_t> bad) {
      return leave_out_bad(
          cache_samples(std::make_unique<Watched>(numbered_samples(5, {1, 1, 1}, 2), readings, std::move(bad)),
                        1 << 20),
          Workers(3));
    };
    const std::unique_ptr<Samples> good = without({1, 2});
    CHECK(good->count() == 3);
    CHECK(contents_of(*good).labels == std::vector<std::int32_t>{0, 1, 0});
    CHECK(good->stratum(1) == 1);
    CHECK(good->name(1) == "sample 3");
    CHECK(good->in_memory());
    CHECK(good->warnings() ==
          std::vector<std::string>{"sample 1: error: is damaged (left out)", "sample 2: error: is damaged (left out)"});
    CHECK(message_of<DataError>([&] {
            without({3, 1});
          }) == "sample 1: error: cannot be read, and class 'name' has no other sample that can");
    CHECK(message_of<DataError>([&] {
            without({0, 1, 2, 3, 4});
          }) == "sample 0: error: cannot be read, nor can any of the other samples");
  }

  TEST_CASE("measure: of a set that is read, the first mistake in its order, whatever the number of workers") {
    for (const int count : {1, 2, 5}) {
      std::atomic<int> readings{0};
      const Watched samples(numbered_samples(3000, {1, 20, 20}), readings, {700, 701, 2500});
      CHECK(message_of<DataError>([&] { measure(samples, first(3000), Workers(count)); }) ==
            "sample 700: error: is damaged");
    }
  }

  TEST_CASE("fitted: stretched, or covered and cut, pixels by filter and classes by the nearest") {
    SampleSpec spec;
    spec.columns = {{"image", Element::u8, {1, 2, 4}, true, false}, {"mask", Element::i32, {1, 2, 4}, true, false}};
    const auto open = [&](const Opening& opening) {
      std::vector<MemorySamples::Values> values;
      values.push_back(pixels_of({10, 10, 20, 20, 10, 10, 20, 20}));
      values.push_back(values_of({1, 2, 3, 4, 5, 6, 7, 8}));
      return fit_samples(std::make_unique<MemorySamples>(spec, 1, std::move(values)), opening);
    };
    const auto columns = [](const Samples& samples) {
      Sample sample;
      samples.read(0, sample);
      const std::int64_t count = sample.shape(0).count();
      return std::pair(std::vector<int>(sample.data<std::uint8_t>(0), sample.data<std::uint8_t>(0) + count),
                       std::vector<int>(sample.data<std::int32_t>(1), sample.data<std::int32_t>(1) + count));
    };
    const auto stretched = open({.size = Opening::Size{1, 2}});
    CHECK(stretched->spec().columns[1].shape == Shape{1, 1, 2});
    CHECK(stretched->reading_bytes() == 2 * (8 + 4 * 8) + 2 + 4 * 2);
    CHECK(columns(*stretched).second == std::vector<int>{6, 8});
    const auto covered = columns(*open({.size = Opening::Size{2, 2}, .fit = Pipeline::Fit::cover}));
    CHECK(covered.first == std::vector<int>{10, 20, 10, 20});
    CHECK(covered.second == std::vector<int>{2, 3, 6, 7});
    CHECK(columns(*open({.size = Opening::Size{4, 4}, .fit = Pipeline::Fit::cover})).second ==
          std::vector<int>{2, 2, 3, 3, 2, 2, 3, 3, 6, 6, 7, 7, 6, 6, 7, 7});
    const auto same = columns(*open({.size = Opening::Size{2, 4}}));
    CHECK(same.first == std::vector<int>{10, 10, 20, 20, 10, 10, 20, 20});
  }

  TEST_CASE("match_classes: classes follow names, of samples and of positions") {
    const auto named = [](std::vector<std::string> names) {
      SampleSpec spec = picture_and_class({1, 1, 2}, std::move(names));
      spec.columns.push_back({"mask", Element::i32, {1, 1, 2}, true, false});
      std::vector<MemorySamples::Values> values;
      values.push_back(pixels_of({1, 2, 3, 4}));
      values.push_back(values_of({0, 1}));
      values.push_back(values_of({0, 1, 1, 1}));
      return std::make_unique<MemorySamples>(std::move(spec), 2, std::move(values));
    };
    const std::unique_ptr<Samples> matched = match_classes(named({"dog", "cat"}), {"bird", "cat", "dog"}, "x");
    CHECK(matched->spec().class_names.size() == 3);
    CHECK(contents_of(*matched).labels == std::vector<std::int32_t>{2, 1});
    Sample sample;
    matched->read(0, sample);
    CHECK(sample.data<std::int32_t>(2)[0] == 2);
    CHECK(sample.data<std::int32_t>(2)[1] == 1);
    CHECK(message_of<DataError>([&] {
            match_classes(named({"dog", "cow"}), {"cat", "dog"}, "test");
          }) == "test: error: the data has a class 'cow' that the model was not trained on; its classes are cat, dog");
  }

  TEST_CASE("loader: any columns pass through, images together, each in its own units") {
    const std::unique_ptr<Samples> samples = rows_of_columns(6);
    Pipeline pipeline{.picture = {2, 3, 4}, .input = {2, 3, 4}, .normalization = {{0.5, 0}, {0.5, 1}}};
    Loader::Options options{.batch_size = 4, .augment = {}};
    const auto check = [&](bool cropped) {
      Loader loader(*samples, {5, 0, 1}, pipeline, options);
      const Batch& batch = loader.fill(Workers(2), 0);
      CHECK(batch.n() == 3);
      CHECK(loader.spec().target == "mask");
      const ConstView image = batch.values("image"), angles = batch.values("angles"), clean = batch.values("clean");
      const std::span<const std::int32_t> mask = batch.classes("mask");
      CHECK(angles.shape == Shape{2});
      for (const std::int64_t s : {0, 1, 2}) {
        CHECK(angles.data[2 * s] == (s == 0 ? 5 : s == 1 ? 0 : 1));
        CHECK(angles.data[2 * s + 1] == -0.5);
      }
      REQUIRE(static_cast<std::int64_t>(mask.size()) == clean.count());
      REQUIRE(image.count() == 2 * clean.count());
      for (std::int64_t i = 0; i < clean.count(); ++i) {
        const double pixel = mask[static_cast<std::size_t>(i)];
        CHECK(static_cast<double>(clean.data[i]) == doctest::Approx(pixel / 255));
        CHECK(static_cast<double>(image.data[2 * i]) == doctest::Approx((pixel / 255 - 0.5) / 0.5));
        CHECK(static_cast<double>(image.data[2 * i + 1]) == doctest::Approx((255 - pixel) / 255));
      }
      if (!cropped) CHECK(std::vector<int>(mask.begin(), mask.begin() + 4) == std::vector<int>{60, 61, 62, 63});
    };
    check(false);
    options.augment.push_back(configure(transforms(), "horizontal_flip", "1"));
    Loader flipped(*samples, {0}, pipeline, options);
    const auto mask = flipped.fill(Workers(1), 0).classes("mask");
    CHECK(std::vector<int>(mask.begin(), mask.end()) == std::vector<int>{3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8});
    options.augment.push_back(configure(transforms(), "random_crop", "{size: [2, 3]}"));
    pipeline.input = {2, 2, 3};
    check(true);
    options.augment.clear();  // the centre instead
    Loader centre(*samples, {0}, pipeline, options);
    const auto middle = centre.fill(Workers(1), 0).classes("mask");
    CHECK(std::vector<int>(middle.begin(), middle.end()) == std::vector<int>{0, 1, 2, 4, 5, 6});
  }

  TEST_CASE("measure: numbers that are no pixels, in their own units") {
    SampleSpec spec;
    spec.columns = {{"image", Element::f32, {1, 1, 2}, true, false}};
    const std::vector<float> numbers{-1, 3, -1, 3};
    std::vector<MemorySamples::Values> values(1);
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(numbers.data());
    values[0].bytes.assign(bytes, bytes + 16);
    const MemorySamples samples(spec, 2, std::move(values));
    CHECK(measure(samples, first(2), Workers(2)) == Normalization{{1}, {2}});
  }
}
}  // namespace cnnctl
