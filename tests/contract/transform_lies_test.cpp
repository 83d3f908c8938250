// Transforms that lie: each tells one lie, and the law must find it, by the name of the law that is broken.
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <limits>
#include <memory>

#include "base/error.hpp"
#include "configure.hpp"
#include "contract/transform_law.hpp"

namespace cnnctl::testing {
namespace {

using namespace transform_law;
using Planes = std::span<Plane>;

/// Does what a transform of the catalogue does, but for one hook.
class Liar final : public Transform {
 public:
  Choice<Transform> truth;
  mutable std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);
  std::function<SampleSpec(const Liar&, SampleSpec planned)> plans = {};
  std::function<void(const Liar&, Planes, Rng&)> applies = {};
  double forgotten = 0;

  void settings(Fields& f) override {
    f.optional("forgotten", forgotten, "half of which is forgotten at each reading", between(0, 1));
    forgotten /= 2;
  }
  SampleSpec outcome(const SampleSpec& in) const override {
    return plans ? plans(*this, truth->plan(in)) : truth->plan(in);
  }
  void apply(Planes planes, Rng& rng) const override {
    applies ? applies(*this, planes, rng) : truth->apply(planes, rng);
  }
};

constexpr Kind<Transform> kLiarKind = kind_of<Transform, Liar>("liar", "tells one lie", "");

struct Lie {
  law::Name law;
  std::string kind, yaml;  // of the truth
  std::function<void(Liar&)> tell;
  bool still = false, yaml_too = false;
  Change change = Change::places;

  TransformSubject subject() const {
    TransformSubject subject{Choice<Transform>(kLiarKind), still, yaml_too, change};
    auto& liar = static_cast<Liar&>(*subject.transform);
    liar.truth = configure(transforms(), kind, yaml);
    tell(liar);
    return subject;
  }
};

/// The truth, and then something.
template <class Then>
auto and_then(const Then& then) {
  return [then](Liar& l) {
    l.applies = [then](const Liar& self, Planes planes, Rng& rng) {
      self.truth->apply(planes, rng);
      then(self, planes, rng);
    };
  };
}

auto instead(const std::function<void(const Liar&, Planes, Rng&)>& body) {
  return [body](Liar& l) { l.applies = body; };
}

auto planning(const std::function<SampleSpec(const Liar&, SampleSpec)>& body) {
  return [body](Liar& l) { l.plans = body; };
}

std::vector<Lie> lies_of_plans() {
  return {
      {kSize, "random_crop", "2", planning([](const Liar&, SampleSpec planned) {
         const PlaneSize size = plane_size(planned);
         return with_plane_size(planned, {size.height, size.width + 1});
       })},
      {kPlan, "random_crop", "2", planning([](const Liar&, SampleSpec planned) {
         planned.columns.back().name = "label";
         return planned;
       })},
      {kPlan, "vertical_flip", "", planning([](const Liar&, SampleSpec planned) {
         planned.class_names.pop_back();
         return planned;
       })},
      {kPlan, "horizontal_flip", "", planning([](const Liar& self, SampleSpec planned) {
         if (++*self.calls % 2 == 0) planned.target = "numbers";
         return planned;
       })},
      {kPlan, "horizontal_flip", "", planning([](const Liar&, SampleSpec) -> SampleSpec { throw ShapeError("no"); })},
      {kYaml, "horizontal_flip", "", [](Liar& l) { l.forgotten = 1; }, false, true},
  };
}

std::vector<Lie> lies_of_memory() {
  return {
      {kMemory, "horizontal_flip", "",
       and_then([](const Liar&, Planes p, Rng&) { p[0].values[p[0].height * p[0].row()] = 1; })},
      {kMemory, "random_affine", "30", and_then([](const Liar&, Planes p, Rng&) { p[2].spare[-1] = 1; })},
      {kPlane, "vertical_flip", "", and_then([](const Liar&, Planes p, Rng&) { std::swap(p[0].values, p[1].values); })},
      {kPlane, "vertical_flip", "", and_then([](const Liar&, Planes p, Rng&) { p[0].channels = 1; })},
      {kPlane, "vertical_flip", "", and_then([](const Liar&, Planes p, Rng&) { p[2].classes = false; })},
      {kOldMemory, "horizontal_flip", "",
       and_then([](const Liar&, Planes p, Rng&) { p[3].exchange(p[3].height, p[3].width); })},
      {kFinite, "random_affine", "30",
       and_then([](const Liar&, Planes p, Rng&) { p[3].values[0] = std::numeric_limits<float>::infinity(); })},
  };
}

std::vector<Lie> lies_of_randomness() {
  return {
      {kDraws, "horizontal_flip", "", and_then([](const Liar&, Planes, Rng& rng) {
         if (rng.uniform() < 0.5f) rng.next();
       })},
      {kDraws, "random_crop", "1", and_then([](const Liar&, Planes p, Rng& rng) {
         if (p[0].values[0] < 50) rng.next();
       })},
      {kDraws, "random_crop", "1", and_then([](const Liar&, Planes p, Rng& rng) {
         if (p[0].width == 1) rng.next();
       })},
      {kDraws, "random_crop", "1", and_then([](const Liar&, Planes, Rng& rng) { rng = Rng(5, Purpose::augment); })},
      {kFunction, "random_affine", "30",
       and_then([](const Liar& self, Planes p, Rng&) { p[3].values[0] = static_cast<float>(++*self.calls); })},
      {kRandom, "random_crop", "2", instead([](const Liar& self, Planes p, Rng& rng) {
         Rng other(7, Purpose::augment);
         self.truth->apply(p, other);
         rng.next();
       })},
      {kMoves, "horizontal_flip", "0", [](Liar&) {}},
      {kStill, "random_affine", "", and_then([](const Liar&, Planes p, Rng&) { p[3].values[0] += 1e-6f; }), true},
      {kStill, "random_crop", "{size: 3, padding: 40}", [](Liar&) {}, true},
  };
}

std::vector<Lie> lies_of_colours() {
  const auto lie = [](law::Name law, const char* kind, const char* yaml, Change change, auto tell) {
    return Lie{law, kind, yaml, and_then(tell), false, false, change};
  };
  const auto of_plane = [](std::size_t plane) {
    return [plane](const Liar&, Planes p, Rng&) { p[plane].values[0] += 1; };
  };
  return {
      lie(kColours, "random_invert", "", Change::colours, of_plane(1)),
      lie(kColours, "gaussian_blur", "3", Change::colours, of_plane(2)),
      lie(kColours, "color_jitter", "{hue: 0.3}", Change::colours, of_plane(3)),
      lie(kColours, "horizontal_flip", "", Change::colours, [](const Liar&, Planes, Rng&) {}),
      lie(kTogether, "rand_augment", "", Change::both, of_plane(1)),
      lie(kTogether, "random_resized_crop", "5", Change::scale,
          [](const Liar&, Planes p, Rng&) { p[2].values[0] = p[2].values[24]; }),
      lie(kPlane, "random_invert", "", Change::colours, [](const Liar&, Planes p, Rng&) { p[0].white = 1; }),
  };
}

std::vector<Lie> lies_of_planes() {
  const auto apart = instead([](const Liar& self, Planes p, Rng& rng) {
    for (std::size_t i = 0; i < p.size(); ++i) self.truth->apply(p.subspan(i, 1), rng);
  });
  const auto without_mask = [](Liar& l) {
    l.applies = [](const Liar& self, Planes p, Rng& rng) {
      std::vector<Plane> others{p[0], p[1], p[3]};
      self.truth->apply(others, rng);
      p[0] = others[0], p[1] = others[1], p[3] = others[2];
    };
  };
  return {
      {kTogether, "horizontal_flip", "", apart},
      {kTogether, "random_crop", "2", apart},
      {kTogether, "random_affine", "{translate: 0.5}", apart},
      {kTogether, "horizontal_flip", "1", without_mask},
      {kTogether, "random_affine", "20", without_mask},
      {kTogether, "random_crop", "1",
       and_then([](const Liar&, Planes p, Rng&) { p[3].exchange(p[3].height, p[3].width); })},
      {kTogether, "random_crop", "{padding: 2, fill: mean}", and_then([](const Liar&, Planes p, Rng&) {
         for (std::int64_t i = 0; i < p[2].height * p[2].width; ++i)
           if (p[2].values[i] == 0) p[2].values[i] = 1;
       })},
      {kClasses, "random_affine", "20", instead([](const Liar& self, Planes p, Rng& rng) {
         p[2].classes = false;
         self.truth->apply(p, rng);
         p[2].classes = true;
       })},
  };
}

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("transforms that lie are found") {
    for (const std::vector<Lie>& lies :
         {lies_of_plans(), lies_of_memory(), lies_of_randomness(), lies_of_planes(), lies_of_colours()}) {
      for (std::size_t i = 0; i < lies.size(); ++i) {
        INFO(lies[i].kind << " " << lies[i].yaml << ", number " << i << "; must break: " << lies[i].law);
        const Breaches breaches = breaches_of({lies[i].subject()});
        CHECK_MESSAGE(contains(breaches, lies[i].law), "found:" << text(breaches));
      }
    }
  }

  TEST_CASE("a transform without strength that draws less than with is found") {
    const Lie lazy{kDraws, "horizontal_flip", "0", instead([](const Liar&, Planes, Rng&) {}), true};
    CHECK(contains(breaches_of({lazy.subject(), {configure(transforms(), "horizontal_flip"), false}}), kDraws));
  }

  TEST_CASE("a transform that is said to draw nothing, and whose results differ, is found") {
    TransformSubject subject{configure(transforms(), "random_crop", "2"), false};
    subject.fixed = true;
    CHECK(contains(breaches_of({subject}), kRandom));
  }

  TEST_CASE("the transform that tells the truth is found guilty of nothing") {
    for (const auto& [kind, yaml] : {std::pair("random_crop", "{size: 2, padding: 1}"), {"random_affine", "20"}}) {
      const Lie truth{{}, kind, yaml, [](Liar&) {}};
      const Breaches breaches = breaches_of({truth.subject()});
      CHECK_MESSAGE(breaches.empty(), text(breaches));
    }
  }
}

}  // namespace cnnctl::testing
