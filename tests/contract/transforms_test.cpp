// Every transform of the catalogue before the law; and what a filled batch owes to transforms.
#include <doctest/doctest.h>

#include <map>

#include "base/error.hpp"
#include "configure.hpp"
#include "contract/transform_cases.hpp"
#include "contract/transform_law.hpp"
#include "data/filler.hpp"

namespace cnnctl::testing {
namespace {

constexpr std::int64_t kCount = 12, kHeight = 18, kWidth = 16;  // pixels enough for a histogram

/// Pictures with a mask: all even ones alike, and all odd ones.
MemorySamples masked_samples() {
  SampleSpec spec = picture_and_class({3, kHeight, kWidth}, {"a", "b"});
  spec.columns[1] = {"mask", Element::i32, {1, kHeight, kWidth}, true, false};
  spec.target = "mask";
  MemorySamples::Values pixels;
  std::vector<std::int32_t> classes;
  for (std::int64_t i = 0; i < kCount * kHeight * kWidth; ++i) {
    const std::int64_t value = i % (2 * kHeight * kWidth);
    for (std::int64_t c = 0; c < 3; ++c)
      pixels.bytes.push_back(static_cast<std::uint8_t>(20 + (value * 37 + c * 91) % 200));
    classes.push_back(static_cast<std::int32_t>(value));
  }
  return MemorySamples(spec, kCount, {pixels, values_of(classes)});
}

/// What becomes of each chosen sample, in their order.
using Rows = std::vector<std::vector<float>>;
Rows fill(const std::vector<Choice<Transform>>& transforms, std::vector<std::uint32_t> chosen, std::uint64_t seed = 3,
          std::int64_t epoch = 2, int workers = 2) {
  const MemorySamples samples = masked_samples();
  SampleSpec planned = samples.spec();
  for (const Choice<Transform>& transform : transforms) planned = transform->plan(planned);
  const PlaneSize size = plane_size(planned);
  const Pipeline pipeline{.picture = {3, kHeight, kWidth},
                          .input = {3, size.height, size.width},
                          .normalization = {{0.1, 0.2, 0.3}, {1, 1, 1}}};
  Filler filler(samples, pipeline, transforms, seed);
  Batch batch(batch_spec(samples.spec(), pipeline), kCount);
  batch.resize(std::ssize(chosen));
  filler.fill(Workers(workers), epoch, chosen, batch);
  Rows rows;
  const std::int64_t positions = size.height * size.width;
  for (std::int64_t i = 0; i < batch.n(); ++i) {
    const real* const x = batch.values("image").data + 3 * i * positions;
    std::vector<float>& row = rows.emplace_back(x, x + 3 * positions);
    for (const std::int32_t value :
         batch.classes("mask").subspan(static_cast<std::size_t>(i * positions), static_cast<std::size_t>(positions)))
      row.push_back(static_cast<float>(value));
  }
  return rows;
}

Choice<Transform> made(const TransformCase& c) { return configure(transforms(), c.kind, c.yaml); }

/// Cases that a picture of this size fits.
std::vector<TransformCase> fitting_cases() {
  std::vector<TransformCase> cases;
  for (const TransformCase& c : transform_cases()) {
    try {
      made(c)->plan(masked_samples().spec());
      cases.push_back(c);
    } catch (const ShapeError&) {
    }
  }
  return cases;
}

/// Whether the second takes what the first makes, and makes it no other size.
bool keeps_size(const TransformCase& first, const TransformCase& second) {
  const SampleSpec between = made(first)->plan(masked_samples().spec());
  try {
    return plane_size(made(second)->plan(between)) == plane_size(between);
  } catch (const ShapeError&) {
    return false;
  }
}

/// Those that treat each sample by itself; the others have laws of their own (data/mixing_test.cpp).
std::vector<const Kind<Transform>*> single_kinds() {
  std::vector<const Kind<Transform>*> kinds;
  for (const Kind<Transform>* kind : transforms().kinds())
    if (kind->make()->mixing() == nullptr) kinds.push_back(kind);
  return kinds;
}

const std::vector<std::uint32_t> kAll{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("every transform keeps the law") {
    for (const Kind<Transform>* kind : single_kinds()) {
      INFO(kind->name);
      std::vector<TransformSubject> subjects;
      for (const TransformCase& c : transform_cases())
        if (c.kind == kind->name) subjects.push_back({made(c), c.still, true, c.change, is_fixed(c.kind)});
      const Breaches breaches = breaches_of(subjects);
      CHECK_MESSAGE(breaches.empty(), text(breaches));
    }
  }

  TEST_CASE("every transform: its example is legal, and it is tried in three cases at least, one without strength") {
    std::map<std::string_view, int> cases, still;
    for (const TransformCase& c : transform_cases()) {
      INFO(c.text());
      REQUIRE(transforms().find(c.kind) != nullptr);
      ++cases[c.kind];
      still[c.kind] += c.still ? 1 : 0;
    }
    for (const Kind<Transform>* kind : single_kinds()) {
      INFO(kind->name);
      CHECK_NOTHROW(configure(transforms(), kind->name, std::string(kind->example)));
      CHECK(cases[kind->name] >= 3);
      CHECK(still[kind->name] >= 1);
    }
  }

  TEST_CASE("what becomes of a sample follows from seed, epoch and sample, and from each of them") {
    std::map<std::string, int> by_seed, by_epoch, by_sample;
    for (const TransformCase& c : fitting_cases()) {
      INFO(c.text());
      const std::vector<Choice<Transform>> transform{made(c)};
      const Rows rows = fill(transform, kAll);
      for (const int workers : {1, 3, 8}) CHECK(fill(transform, kAll, 3, 2, workers) == rows);
      CHECK(fill(transform, {7, 0, 7, 11}) == Rows{rows[7], rows[0], rows[7], rows[11]});
      by_seed[c.kind] += fill(transform, kAll, 4) != rows;
      by_epoch[c.kind] += fill(transform, kAll, 3, 1) != rows;
      by_sample[c.kind] += rows[0] != rows[2] || rows[2] != rows[4] || rows[4] != rows[6];
    }
    for (const Kind<Transform>* kind : single_kinds()) {
      INFO(kind->name);
      const bool fixed = is_fixed(std::string(kind->name));
      CHECK((by_seed[std::string(kind->name)] == 0) == fixed);
      CHECK((by_epoch[std::string(kind->name)] == 0) == fixed);
      CHECK((by_sample[std::string(kind->name)] == 0) == fixed);
    }
  }

  TEST_CASE("a transform that is added behind another changes nothing that the other draws") {
    int tried = 0;
    for (const TransformCase& first : fitting_cases()) {
      const Rows alone = fill({made(first)}, kAll);
      for (const TransformCase& second : transform_cases()) {
        if (!second.still || !keeps_size(first, second)) continue;
        INFO(first.text() << ", " << second.text());
        CHECK(fill({made(first), made(second)}, kAll) == alone);
        ++tried;
      }
    }
    CHECK(tried > 30);
  }

  TEST_CASE("before and behind its epochs a batch is as without the transform") {
    const std::vector<Choice<Transform>> limited{
        configure(transforms(), "vertical_flip", "{p: 1, after: 1, until: 2}")};
    const Rows plain = fill({configure(transforms(), "vertical_flip", "0")}, kAll);
    const Rows flipped = fill({configure(transforms(), "vertical_flip", "1")}, kAll);
    CHECK(fill(limited, kAll, 3, 0) == plain);
    CHECK(fill(limited, kAll, 3, 1) == flipped);
    CHECK(fill(limited, kAll, 3, 2) == plain);
  }
}

}  // namespace cnnctl::testing
