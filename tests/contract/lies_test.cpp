// Layers that lie: each tells one lie, and the law must find it, by the name of the law that is broken.
#include "contract/lies.hpp"

#include <doctest/doctest.h>

namespace cnnctl::testing {
namespace {

void expect_all_found(const std::vector<Lie>& lies) {
  const Crews crews;
  for (const Lie& lie : lies) {
    INFO(lie.kind << " " << lie.yaml << ", " << lie.text << "; must break: " << lie.law);
    const Breaches breaches = breaches_of(lie.subject(), crews);
    CHECK_MESSAGE(contains(breaches, lie.law), "found:" << text(breaches));
  }
}

/// A layer with a field that is written but not read, or one that each visit changes.
template <bool forgets>
class Unsteady final : public Liar {
 public:
  Unsteady() { truth = configure(layers(), "tanh"); }
  void fields(Fields& f) override {
    std::int64_t copy = size;
    f.optional("size", copy, "how large");
    if (!forgets) size = copy + 1;
  }
  std::int64_t size = 4;
};
template <bool forgets>
constexpr Kind<Layer> kUnsteady = kind_of<Layer, Unsteady<forgets>>("unsteady", "Has no steady fields.", "");

template <bool forgets>
Breaches breaches_of_unsteady(std::int64_t size) {
  Subject subject{.layer = Choice<Layer>(kUnsteady<forgets>), .shapes = kVector};
  static_cast<Unsteady<forgets>&>(*subject.layer).size = size;
  return breaches_of(subject, Crews());
}

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("lies of a plan are found") { expect_all_found(lies_of_the_plan()); }
  TEST_CASE("lies about memory are found") { expect_all_found(lies_of_memory()); }
  TEST_CASE("lies about order, batches and randomness are found") { expect_all_found(lies_of_order()); }
  TEST_CASE("lies about the backward pass are found") { expect_all_found(lies_of_backward()); }

  TEST_CASE("lies about fields are found") {
    CHECK(contains(breaches_of_unsteady<true>(7), law::kYaml));
    CHECK(contains(breaches_of_unsteady<false>(4), law::kYaml));
    CHECK(breaches_of_unsteady<true>(4).empty());  // as long as the field stands at its default
  }

  TEST_CASE("the liar who tells the truth is found guilty of nothing") {
    const Crews crews;
    for (const Lie& truth : {Lie{{}, "", "conv2d", kConv, kImage}, Lie{{}, "", "batch_norm2d", "", kImage},
                             Lie{{}, "", "linear", "4", kVector}, Lie{{}, "", "dropout", "0.5", kImage}}) {
      INFO(truth.kind);
      Lie lie = truth;
      lie.tell = [](Liar&) {};
      const Breaches breaches = breaches_of(lie.subject(), crews);
      CHECK_MESSAGE(breaches.empty(), text(breaches));
    }
  }
}

}  // namespace cnnctl::testing
