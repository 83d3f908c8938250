// Transforms that mix the samples of a batch: what they make of it, and what a loss and a metric are told.
#include "data/transforms/mixing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/message.hpp"
#include "configure.hpp"
#include "data/dataset.hpp"
#include "data/filler.hpp"
#include "data/loader.hpp"
#include "losses/loss.hpp"
#include "metrics/metric.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

constexpr std::int64_t kCount = 6, kChannels = 3, kHeight = 9, kWidth = 11, kSize = kChannels * kHeight * kWidth;

std::unique_ptr<Samples> gratings(const std::string& more = "") {
  return configure(datasets(), "synthetic", "{classes: 5, count: 6, shape: [3, 9, 11]" + more + "}")
      ->open(Split::train, Workers(2));
}

/// A batch of all samples, and what it owns.
struct Mixed {
  std::vector<real> values;
  std::vector<std::int32_t> classes, others;
  double share = 1;

  bool operator==(const Mixed&) const = default;
};

Mixed filled(const std::vector<Choice<Transform>>& augment, std::int64_t batch = 0, std::int64_t epoch = 0,
             int workers = 2, std::int64_t n = kCount) {
  const auto samples = gratings();
  const Pipeline pipeline{.picture = {3, 9, 11}, .input = {3, 9, 11}, .normalization = {{0, 0, 0}, {1, 1, 1}}};
  Filler filler(*samples, pipeline, augment, 1);
  Batch to(batch_spec(samples->spec(), pipeline), kCount);
  std::vector<std::uint32_t> chosen{0, 1, 2, 3, 4, 5};
  chosen.resize(static_cast<std::size_t>(n));
  filler.fill(Workers(workers), epoch, chosen, to, batch);
  const ConstView image = to.values("image");
  const Target target = to.target("class");
  return {{image.data, image.data + image.count()},
          {target.classes.begin(), target.classes.end()},
          {target.others.begin(), target.others.end()},
          target.share};
}

std::vector<Choice<Transform>> one(const char* kind, const std::string& yaml) {
  std::vector<Choice<Transform>> list;
  list.push_back(configure(transforms(), kind, yaml));
  return list;
}

/// Value `at` of the sample before sample i.
real before(const Mixed& plain, std::int64_t i, std::int64_t at) {
  return plain.values[static_cast<std::size_t>((i + kCount - 1) % kCount * kSize + at)];
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("mixup: each picture is a weighted mean with the one before it, and its classes likewise") {
    const Mixed plain = filled({});
    CHECK(plain.others.empty());
    int swapped = 0;
    for (std::int64_t batch = 0; batch < 8; ++batch) {
      const Mixed mixed = filled(one("mixup", "{alpha: 1}"), batch);
      CHECK(mixed.share >= 0.5);
      CHECK(mixed.share <= 1);
      const bool own_first = mixed.classes == plain.classes;
      swapped += !own_first;
      const double own = own_first ? mixed.share : 1 - mixed.share;
      for (std::int64_t i = 0; i < kCount; ++i) {
        const auto at = static_cast<std::size_t>(i), last = static_cast<std::size_t>((i + kCount - 1) % kCount);
        CHECK((own_first ? mixed.classes : mixed.others)[at] == plain.classes[at]);
        CHECK((own_first ? mixed.others : mixed.classes)[at] == plain.classes[last]);
        for (std::int64_t v = 0; v < kSize; v += 17) {
          const auto k = static_cast<std::size_t>(i * kSize + v);
          const double want =
              own * static_cast<double>(plain.values[k]) + (1 - own) * static_cast<double>(before(plain, i, v));
          CHECK(static_cast<double>(mixed.values[k]) == doctest::Approx(want).epsilon(1e-5));
        }
      }
    }
    CHECK(swapped > 0);
    CHECK(swapped < 8);
  }

  TEST_CASE("cutmix: a box is the picture's before, as large as the share says, in the same place of all pictures") {
    const Mixed plain = filled({});
    int cut_something = 0;
    for (std::int64_t batch = 0; batch < 24; ++batch) {
      const Mixed mixed = filled(one("cutmix", "1"), batch);
      const bool own_first = mixed.classes == plain.classes;
      std::vector<bool> box(kHeight * kWidth);
      for (std::int64_t i = 0; i < kCount; ++i)
        for (std::int64_t p = 0; p < kHeight * kWidth; ++p)
          for (std::int64_t c = 0; c < kChannels; ++c) {
            const auto k = static_cast<std::size_t>(i * kSize + p * kChannels + c);
            const bool own = mixed.values[k] == plain.values[k];
            CHECK((own || mixed.values[k] == before(plain, i, p * kChannels + c)));
            if (!own) box[static_cast<std::size_t>(p)] = true;
          }
      std::int64_t area = 0, top = kHeight, bottom = -1, left = kWidth, right = -1;
      for (std::int64_t p = 0; p < kHeight * kWidth; ++p) {
        if (!box[static_cast<std::size_t>(p)]) continue;
        ++area;
        top = std::min(top, p / kWidth);
        bottom = std::max(bottom, p / kWidth);
        left = std::min(left, p % kWidth);
        right = std::max(right, p % kWidth);
      }
      if (area == 0) continue;
      ++cut_something;
      CHECK(area == (bottom - top + 1) * (right - left + 1));
      CHECK((own_first ? mixed.share : 1 - mixed.share) == doctest::Approx(1 - area / 99.0));
    }
    CHECK(cut_something > 12);
  }

  TEST_CASE("what is mixed follows from seed, epoch and batch; any number of workers gives the same bits") {
    for (const char* const kind : {"mixup", "cutmix"}) {
      const auto transform = one(kind, "1");
      const Mixed mixed = filled(transform, 3, 1);
      for (const int workers : {1, 3, 8}) CHECK(filled(transform, 3, 1, workers) == mixed);
      CHECK(filled(transform, 4, 1) != mixed);
      CHECK(filled(transform, 3, 2) != mixed);
    }
  }

  TEST_CASE("a batch of one is as it was, and so is one before, behind or by chance without the transform") {
    const Mixed plain = filled({}), single = filled({}, 0, 0, 2, 1);
    for (const char* const kind : {"mixup", "cutmix"}) {
      const Mixed alone = filled(one(kind, "1"), 0, 0, 2, 1);
      for (std::size_t i = 0; i < single.values.size(); ++i)
        CHECK(static_cast<double>(alone.values[i]) == doctest::Approx(static_cast<double>(single.values[i])));
      CHECK(alone.classes == single.classes);
      CHECK(alone.others == single.classes);
      CHECK(filled(one(kind, "{p: 0}")) == plain);
      CHECK(filled(one(kind, "{after: 1, until: 2}"), 0, 0) == plain);
      CHECK(filled(one(kind, "{after: 1, until: 2}"), 0, 1) != plain);
      CHECK(filled(one(kind, "{after: 1, until: 2}"), 0, 2) == plain);
    }
  }

  TEST_CASE("of two such transforms a batch takes one") {
    std::vector<Choice<Transform>> both = one("mixup", "{alpha: 1, p: 0.5}");
    both.push_back(configure(transforms(), "cutmix", "{alpha: 1, p: 0.5}"));
    const Mixed plain = filled({});
    int boxes = 0;
    for (std::int64_t batch = 0; batch < 40; ++batch) {
      const Mixed mixed = filled(both, batch);
      CHECK(!mixed.others.empty());
      std::size_t changed = 0;
      for (std::size_t i = 0; i < mixed.values.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        changed += mixed.values[i] != plain.values[i] && mixed.values[i] != before(plain, at / kSize, at % kSize);
      }
      boxes += changed == 0;
    }
    CHECK(boxes > 10);
    CHECK(boxes < 30);
  }

  TEST_CASE("shares are of the distribution Beta(alpha, alpha)") {
    constexpr int kDraws = 20000;
    for (const double alpha : {0.01, 0.2, 1.0, 3.0}) {
      CAPTURE(alpha);
      Rng rng(1, Purpose::mix, static_cast<std::uint64_t>(alpha * 100));
      double sum = 0, squares = 0, low = 0;
      for (int i = 0; i < kDraws; ++i) {
        const double x = draw_beta(alpha, rng);
        REQUIRE(x >= 0);
        REQUIRE(x <= 1);
        sum += x;
        squares += x * x;
        low += x < 0.25;
      }
      const double mean = sum / kDraws, variance = squares / kDraws - mean * mean;
      CHECK(mean == doctest::Approx(0.5).epsilon(0.02));
      CHECK(variance == doctest::Approx(1 / (4 * (2 * alpha + 1))).epsilon(0.03));
      if (alpha == 1) CHECK(low / kDraws == doctest::Approx(0.25).epsilon(0.04));
    }
  }

  TEST_CASE("losses take mixed classes as the distribution that they are, class weights and smoothing included") {
    const std::vector<real> outputs{1, -2, 0.5, 3, 0.25, -1};
    const std::vector<std::int32_t> first{2, 0}, second{1, 0};
    const std::vector<real> soft{0, 0.25, 0.75, 1, 0, 0};
    const ConstView output{outputs.data(), 2, Shape{3}};
    Target mixed{first, {}, {}};
    mixed.others = second;
    mixed.share = 0.75;
    Target distribution;
    distribution.values = {soft.data(), 2, Shape{3}};
    const std::vector<std::pair<const char*, const char*>> tried{
        {"cross_entropy", "{label_smoothing: 0.1, class_weights: [1, 2, 3]}"},
        {"focal", "{gamma: 1}"},
        {"nll", ""},
        {"hinge", ""},
        {"kl_div", ""},
        {"mse", ""},
        {"binary_cross_entropy", ""}};
    for (const auto& [kind, yaml] : tried) {
      CAPTURE(kind);
      const Choice<Loss> loss = configure(losses(), kind, yaml);
      std::vector<double> samples(2), wanted(2);
      std::vector<real> slope(6), wanted_slope(6);
      const double a = loss->evaluate(Workers(1), output, mixed, samples, {slope.data(), 1});
      const double b = loss->evaluate(Workers(1), output, distribution, wanted, {wanted_slope.data(), 1});
      CHECK(a == b);
      CHECK(samples == wanted);
      CHECK(slope == wanted_slope);
      CHECK(loss->batch_weight(output, mixed) == loss->batch_weight(output, distribution));
    }
  }

  TEST_CASE("metrics of mixed samples are against the class that has the larger share") {
    const std::vector<real> outputs{0, 1, 2, 1, 0, 0};
    const std::vector<std::int32_t> first{2, 1}, second{1, 0};
    Target mixed{first, {}, {}};
    mixed.others = second;
    mixed.share = 0.6;
    const Choice<Metric> top1 = configure(metrics(), "top1");
    std::vector<double> sums(2);
    top1->add({outputs.data(), 2, Shape{3}}, mixed, sums);
    CHECK(top1->value(sums) == 0.5);
  }

  TEST_CASE("what cannot be mixed is refused, and so are orders and chances that cannot be") {
    const auto plan = [](const std::string& more) {
      const auto samples = gratings(more);
      return message_of<ShapeError>([&] { configure(transforms(), "mixup")->plan(samples->spec()); });
    };
    CHECK(plan(", target: mask") == "mixes pictures and their classes, and samples have 'mask' as well, of 1x9x11");
    std::vector<Choice<Transform>> list = one("cutmix", "");
    list.push_back(configure(transforms(), "horizontal_flip"));
    CHECK(order_mistake(list) ==
          "cutmix mixes the samples of a batch, and what changes single ones, such as horizontal_flip, stands before "
          "it");
    std::swap(list[0], list[1]);
    CHECK(order_mistake(list).empty());
    list.push_back(configure(transforms(), "mixup", "{p: 0.25}"));
    CHECK(order_mistake(list) ==
          "a batch is mixed once at most, and these chances add up to 1.25: [{mixup: {p: 0.5}}, {cutmix: {p: 0.5}}]");
  }
}

}  // namespace cnnctl
