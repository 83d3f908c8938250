// Batches that are filled while another one is worked on.
#include <doctest/doctest.h>

#include <atomic>

#include "base/message.hpp"
#include "configure.hpp"
#include "data/cached.hpp"
#include "data/contents.hpp"
#include "data/loader.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::first;
using cnnctl::testing::Lazy;
using cnnctl::testing::message_of;
using cnnctl::testing::numbered_samples;
using cnnctl::testing::Watched;

namespace cnnctl {
TEST_SUITE("data") {
  TEST_CASE("loader: batches filled ahead are those filled when they are asked for, in any order") {
    const std::unique_ptr<Samples> memory = numbered_samples(50, {3, 6, 5});
    Pipeline pipeline{.picture = {3, 6, 5}, .input = {3, 6, 5}, .normalization = {{0, 0, 0.5}, {1, 1, 0.5}}};
    Loader::Options options{.batch_size = 8, .shuffle = true, .seed = 3, .augment = {}};
    options.augment.push_back(configure(transforms(), "random_affine", "{degrees: 10}"));
    const Workers two(2, Workers::Backend::threads);
    const auto values = [&](Loader& loader, std::int64_t b) {
      const Batch& batch = loader.fill(two, b);
      const ConstView x = batch.values("image");
      const auto labels = batch.classes("class");
      return std::pair(std::vector<real>(x.data, x.data + x.count()),
                       std::vector<std::int32_t>(labels.begin(), labels.end()));
    };
    const auto expected = [&](std::int64_t epoch, std::int64_t b) {
      Loader fresh(*memory, first(50), pipeline, options);
      fresh.begin_epoch(epoch);
      return values(fresh, b);
    };
    for (const std::uint64_t cache : {0u, 2000u, 1u << 20}) {
      CAPTURE(cache);
      const std::unique_ptr<Samples> lazy =
          cache_samples(std::make_unique<Lazy>(numbered_samples(50, {3, 6, 5})), cache);
      Loader loader(*lazy, first(50), pipeline, options);
      std::vector<real> input(8 * 90);
      loader.place("image", input.data());
      for (const std::int64_t epoch : {0, 1, 7}) {
        loader.begin_epoch(epoch);
        for (const std::int64_t b : {0, 1, 2, 3, 4, 5, 6, 2, 3, 6, 6, 0, 5}) {
          const auto filled = values(loader, b);
          CHECK(filled == expected(epoch, b));
          CHECK(std::equal(filled.first.begin(), filled.first.end(), input.begin()));
        }
        loader.fill(two, 0);  // leaves a batch in hand for the next epoch to drop
      }
    }
  }

  TEST_CASE("loader: a mistake in a batch that is filled ahead is thrown when that batch is asked for, and only then") {
    std::atomic<int> readings{0};
    const Watched samples(numbered_samples(12, {1, 2, 2}), readings, {6});
    Pipeline pipeline{.picture = {1, 2, 2}, .input = {1, 2, 2}, .normalization = {{0}, {1}}};
    Loader loader(samples, first(12), pipeline, {.batch_size = 4, .augment = {}});
    const Workers workers(1);
    const auto message = [&](std::int64_t b) { return message_of<DataError>([&] { loader.fill(workers, b); }); };
    for (int repeat = 0; repeat < 3; ++repeat) {
      CHECK(message(0) == "nothing was thrown");
      CHECK(message(1) == "sample 6: error: is damaged");
      CHECK(message(1) == "sample 6: error: is damaged");
      CHECK(message(0) == "nothing was thrown");
      CHECK(message(2) == "nothing was thrown");
    }
    loader.fill(workers, 0);  // and the loader may go while the bad batch is in hand
  }
}
}  // namespace cnnctl
