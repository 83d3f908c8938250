// The gradient of a large linear layer, formed and handed over a few rows at a time.
#include "graph/train_pass.hpp"

namespace cnnctl::testing {
namespace {

constexpr const char* kLarge = R"(
input: [1, 30, 40]
layers:
  - flatten
  - linear: {name: large, out_features: 1030}
  - relu
  - linear: {name: small, out_features: 300}
)";

}  // namespace

TEST_SUITE("graph") {
  TEST_CASE("gradients in pieces are those of whole parameters, for any number of workers") {
    const Workers one(1), three(3);
    const Pass want = train_pass(kLarge, one, true);
    for (const Workers* workers : {&one, &three}) {
      const Pass whole = train_pass(kLarge, *workers, true, 5, false),
                 pieces = train_pass(kLarge, *workers, true, 5, false, true);
      CHECK(same_bits(whole.gradients, want.gradients));
      CHECK(same_bits(pieces.gradients, want.gradients));
      CHECK(same_bits(pieces.output, want.output));
    }
  }

  TEST_CASE("pieces take their rows of the gradient's room, the last one the bias as well; what is frozen has none") {
    Network network(model(kLarge));
    const auto plan = [&](bool by_value, bool keep = false) {
      return plan_program(network, 2, {.mode = Mode::train, .batch = 5, .keep_gradients = keep, .by_value = by_value});
    };
    CHECK(plan(true).gradient_rows == std::vector<std::int64_t>{0, 208, 0});
    CHECK(plan(false).gradient_rows == std::vector<std::int64_t>{0, 0, 0});
    CHECK(plan(true, true).gradient_rows == std::vector<std::int64_t>{0, 0, 0});
    CHECK(plan(false).bytes() - plan(true).bytes() > 3 * 1200 * 1030);
    std::vector<std::int64_t> sizes;
    const Workers one(1);
    Program program(network, one, {.mode = Mode::train, .batch = 5, .keep_gradients = false, .by_value = true});
    program.forward(5);
    program.backward([&](const Gradients& g) { sizes.push_back(g.end - g.begin); });
    const auto place = [](std::int64_t values) {  // in whole cache lines
      constexpr std::int64_t kLine = kAlignment / sizeof(real);
      return pieces(values, kLine) * kLine;
    };
    const std::int64_t rows = 208 * 1200;
    CHECK(sizes ==
          std::vector<std::int64_t>{place(1030 * 300) + place(300), rows, rows, rows, rows, 198 * 1200 + place(1030)});
    REQUIRE(network.parameters()[0].name == "large.weight");
    network.set_trained(0, false);
    CHECK(plan(true).gradient_rows == std::vector<std::int64_t>{0, 0, 0});
  }
}

}  // namespace cnnctl::testing
