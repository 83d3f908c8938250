// The input a second time, for networks that give it back.
#include "data/clean.hpp"

#include <doctest/doctest.h>

#include "base/message.hpp"
#include "configure.hpp"
#include "data/dataset.hpp"
#include "data/filler.hpp"
#include "data/loader.hpp"

using cnnctl::testing::configure;

namespace cnnctl {
namespace {

std::unique_ptr<Samples> eight(const std::string& more = "") {
  return with_clean_input(configure(datasets(), "synthetic", "{classes: 2, count: 8, shape: [2, 6, 6]" + more + "}")
                              ->open(Split::train, Workers(2)));
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("a clean column moves with the input and keeps its colours") {
    const auto samples = eight();
    CHECK(samples->spec().target == "clean");
    const Pipeline pipeline{.picture = {2, 6, 6}, .input = {2, 6, 6}, .normalization = {{0.5, 0.25}, {0.5, 0.5}}};
    const auto fill = [&](std::vector<Choice<Transform>> augment) {
      Filler filler(*samples, pipeline, augment, 1);
      Batch batch(batch_spec(samples->spec(), pipeline), 8);
      const std::vector<std::uint32_t> all{0, 1, 2, 3, 4, 5, 6, 7};
      filler.fill(Workers(2), 0, all, batch);
      const ConstView image = batch.values("image"), clean = batch.values("clean");
      return std::pair(std::vector(image.data, image.data + image.count()),
                       std::vector(clean.data, clean.data + clean.count()));
    };
    const auto [plain, clean] = fill({});
    for (std::size_t i = 0; i < clean.size(); ++i) {
      const double mean = i % 2 == 0 ? 0.5 : 0.25;
      CHECK(static_cast<double>(plain[i]) ==
            doctest::Approx((static_cast<double>(clean[i]) - mean) / 0.5).epsilon(1e-5));
    }
    const auto [noisy, kept] = fill({configure(transforms(), "gaussian_noise", "{sigma: 0.2}")});
    CHECK(kept == clean);
    CHECK(noisy != plain);
    const auto [flipped, moved] = fill({configure(transforms(), "horizontal_flip", "{p: 1}")});
    CHECK(moved != clean);
    CHECK(static_cast<double>(flipped[1]) ==
          doctest::Approx((static_cast<double>(moved[1]) - 0.25) / 0.5).epsilon(1e-5));
  }

  TEST_CASE("a set with a clean column of its own keeps it") {
    const auto samples = eight(", target: clean");
    CHECK(samples->spec().columns.size() == 3);
  }
}

}  // namespace cnnctl
