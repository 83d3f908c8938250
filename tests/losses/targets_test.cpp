// Losses on outputs of any shape: positions, weights, cuts into batches.
#include <doctest/doctest.h>

#include "losses/batch.hpp"

namespace cnnctl::testing {

TEST_SUITE("losses") {
  TEST_CASE("every loss: positions of an image count as samples of a vector do") {
    const Workers workers(2);
    for (const bool soft : {false, true}) {
      Batch image = random_batch(4, Shape{5, 3, 7}, soft);
      Batch rows(Shape{5}, 4 * 21);
      std::copy_n(image.output.data(), image.output.count(), rows.output.data());
      rows.labels = image.labels, rows.soft = image.soft;
      for (const char* const name : {"cross_entropy", "mse"}) {
        CAPTURE(name);
        const Choice<Loss> loss = configure(losses(), name);
        CHECK(image.evaluate(loss, workers) == doctest::Approx(rows.evaluate(loss, workers)).epsilon(1e-12));
        CHECK(image.gradient == rows.gradient);
      }
      // As in PyTorch, "batchmean" divides by the samples, not by their positions.
      const Choice<Loss> divergence = configure(losses(), "kl_div");
      CHECK(image.evaluate(divergence, workers) ==
            doctest::Approx(21 * rows.evaluate(divergence, workers)).epsilon(1e-12));
    }
  }

  TEST_CASE("every loss: weights count samples and positions") {
    const Workers workers(1);
    for (const Kind<Loss>* kind : losses().kinds()) {
      CAPTURE(kind->name);
      const Choice<Loss> loss(*kind);
      Batch batch = random_batch(2, Shape{4}, true);
      const double first = batch.part(0, 1).evaluate(loss, workers), last = batch.part(1, 2).evaluate(loss, workers);
      batch.weight = {3, 1};
      CHECK(batch.evaluate(loss, workers) == doctest::Approx((3 * first + last) / 4).epsilon(1e-9));
      batch.weight = {0, 0};
      CHECK(batch.evaluate(loss, workers) == 0);
      CHECK(batch.gradient == std::vector<real>(8));

      Batch image = random_batch(2, Shape{3, 2}, false);
      const double plain = image.evaluate(loss, workers);
      image.weight = {2, 2, 2, 2};
      CHECK(image.evaluate(loss, workers) == doctest::Approx(plain).epsilon(1e-12));
    }
  }

  TEST_CASE("every loss: the mean over a set does not depend on how it is cut into batches") {
    const Workers workers(1);
    for (const Kind<Loss>* kind : losses().kinds()) {
      for (const bool soft : {false, true}) {
        for (const std::int64_t weights : {0, 1, 6}) {
          CAPTURE(kind->name);
          CAPTURE(soft);
          CAPTURE(weights);
          Choice<Loss> loss(*kind);
          if (kind->name == "cross_entropy") loss = configure(losses(), kind->name, "{class_weights: [0, 1, 2]}");
          Batch whole = random_batch(9, Shape{3, 2, 3}, soft);
          if (weights > 0) whole = weighted(std::move(whole), weights);
          double sum = 0, weight = 0;
          for (const auto& [begin, end] : {std::pair(0, 1), std::pair(1, 6), std::pair(6, 9)}) {
            Batch part = whole.part(begin, end);
            const double own = loss->batch_weight(part.output.view(), part.target());
            sum += own * part.evaluate(loss, workers);
            weight += own;
          }
          CHECK(whole.evaluate(loss, workers) == doctest::Approx(sum / weight).epsilon(1e-9));
          CHECK(loss->batch_weight(whole.output.view(), whole.target()) == doctest::Approx(weight));
        }
      }
    }
  }

  TEST_CASE("every loss: what a sample adds and the same bits do not depend on its batch; the scale is the slope's") {
    const Workers one(1), three(3);
    for (const Kind<Loss>* kind : losses().kinds()) {
      CAPTURE(kind->name);
      const Choice<Loss> loss(*kind);
      Batch whole = random_batch(3, Shape{11, 60, 70}, false);  // a sample is cut into ranges
      const double mean = whole.evaluate(loss, one);
      Batch last = whole.part(2, 3);
      last.evaluate(loss, three, false);
      CHECK(last.per_sample[0] == whole.per_sample[2]);
      Batch scaled = whole.part(0, 3);
      CHECK(scaled.evaluate(loss, three, true, 0.25) == mean);
      for (real& value : whole.gradient) value *= real(0.25);
      CHECK(scaled.gradient == whole.gradient);
    }
  }
}
}  // namespace cnnctl::testing
