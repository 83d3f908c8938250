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

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("lies of a plan are found") { expect_all_found(lies_of_the_plan()); }
  TEST_CASE("lies about memory are found") { expect_all_found(lies_of_memory()); }
  TEST_CASE("lies about order, batches and randomness are found") { expect_all_found(lies_of_order()); }
  TEST_CASE("lies about the backward pass are found") { expect_all_found(lies_of_backward()); }

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
