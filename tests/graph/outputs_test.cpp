// Networks of several inputs and outputs.
#include "graph/train_pass.hpp"

namespace cnnctl::testing {
namespace {

/// Two vectors meet; what they meet in is an output, and feeds another one.
constexpr const char* kMeeting = R"(
inputs: {a: [3], b: [2]}
layers:
  - linear: {name: left, inputs: a, out_features: 2}
  - linear: {name: right, inputs: b, out_features: 2, bias: false}
  - add: {name: sum, inputs: [left, right]}
  - relu: {name: positive}
  - linear: {name: head, out_features: 1}
outputs: [sum, head]
)";

/// Outputs in the middle of what would be fused, or local to a chain.
constexpr const char* kDeep = R"(
inputs: {image: [3, 10, 10], mask: [1, 10, 10]}
layers:
  - conv2d: {name: c1, out_channels: 8, kernel_size: 3, padding: 1}
  - batch_norm2d: {name: n1}
  - relu: {name: r1}
  - conv2d: {name: m, inputs: mask, out_channels: 8, kernel_size: 3, padding: 1}
  - add: {name: both, inputs: [m, r1]}
  - conv2d: {name: c2, out_channels: 8, kernel_size: 3, padding: 1}
  - tanh: {name: aux}
  - batch_norm2d: {name: n2}
  - leaky_relu: {name: r2}
  - max_pool2d: {name: p, kernel_size: 2}
  - conv2d: {name: c3, inputs: r1, out_channels: 4, kernel_size: 1}
  - global_avg_pool: {name: side}
  - flatten: {name: f, inputs: p}
  - linear: {name: fc, out_features: 5}
outputs: [fc, aux, side, r2]
)";

void set(Network& network, const std::string& name, const std::vector<real>& values) {
  for (std::size_t i = 0; i < network.parameters().size(); ++i)
    if (network.parameters()[i].name == name) return network.import_values(i, values);
  FAIL("no parameter " << name);
}

std::vector<real> gradient(const Network& network, const std::string& name, const std::vector<real>& flat) {
  for (std::size_t i = 0; i < network.parameters().size(); ++i)
    if (network.parameters()[i].name == name) {
      const auto begin = flat.begin() + network.flat_range(i).begin;
      return {begin, begin + network.parameters()[i].parameter.count()};
    }
  FAIL("no parameter " << name);
  return {};
}

void meeting_weights(Network& network) {
  set(network, "left.weight", {1, 2, 0, 0, 1, -1});
  set(network, "left.bias", {real(0.5), 0});
  set(network, "right.weight", {1, 0, 0, 2});
  set(network, "head.weight", {2, 3});
  set(network, "head.bias", {1});
}

std::vector<real> values(const ConstView& view) { return {view.data, view.data + view.count()}; }

/// Gradients by number in the flat array, NaN where none was handed over. `gradients` of the outputs of kMeeting.
std::vector<real> meeting_gradients(Network& network, const std::vector<std::size_t>& outputs) {
  const Workers workers(2);
  Program program(network, workers, {.batch = 1, .keep_gradients = false, .gradients = outputs});
  const std::vector<real> a = {1, 2, 3}, b = {1, -1};
  std::copy(a.begin(), a.end(), program.input(0).data);
  std::copy(b.begin(), b.end(), program.input(1).data);
  program.forward(1);
  CHECK(values(program.outputs()[0]) == std::vector<real>{real(6.5), -3});
  CHECK(values(program.outputs()[1]) == std::vector<real>{14});
  const std::vector<std::vector<real>> dy = {{real(0.25), real(0.5)}, {10}};
  for (std::size_t i = 0; i < 2; ++i)
    if (real* const gradient = program.output_gradient(i)) std::copy(dy[i].begin(), dy[i].end(), gradient);
  std::vector<real> flat(static_cast<std::size_t>(network.flat_size()), real(NAN));
  program.backward([&](const Gradients& g) { std::copy_n(g.values, g.end - g.begin, flat.begin() + g.begin); });
  return flat;
}

/// All outputs, one behind the other, and all gradients.
Pass deep_pass(const Workers& workers, bool fused, const std::vector<std::size_t>& outputs = {}) {
  Network network(model(kDeep));
  network.initialise(1);
  Program program(network, workers, {.batch = 6, .fuse = fused, .gradients = outputs});
  Pass pass;
  for (int repeat = 0; repeat < 2; ++repeat) {  // the second pass meets the first one's leftovers in the arena
    for (std::size_t i = 0; i < 2; ++i) {
      const View x = program.input(i);
      fill({x.data, static_cast<std::size_t>(x.count())}, 1 + i);
    }
    program.forward(5, 42, 7);
    pass.output.clear();
    for (std::size_t i = 0; i < program.outputs().size(); ++i) {
      const std::vector<real> y = values(program.outputs()[i]);
      pass.output.insert(pass.output.end(), y.begin(), y.end());
      if (real* const dy = program.output_gradient(i)) fill({dy, y.size()}, 10 + i);
    }
    program.backward([&](const Gradients& g) { pass.gradients.assign(g.values, g.values + (g.end - g.begin)); });
  }
  return pass;
}

}  // namespace

TEST_SUITE("graph") {
  TEST_CASE("two inputs and two outputs, one of which feeds the other: computed by hand") {
    Network network(model(kMeeting));
    CHECK(network.inputs()[1].name == "b");
    CHECK(network.output() == Shape{2});
    meeting_weights(network);
    const std::vector<real> flat = meeting_gradients(network, {});
    const real sum = real(20.25), other = real(0.5);  // 10 * 2 through the head and 0.25; relu lets nothing through
    CHECK(gradient(network, "left.weight", flat) ==
          std::vector<real>{sum, 2 * sum, 3 * sum, other, 2 * other, 3 * other});
    CHECK(gradient(network, "left.bias", flat) == std::vector<real>{sum, other});
    CHECK(gradient(network, "right.weight", flat) == std::vector<real>{sum, -sum, other, -other});
    CHECK(gradient(network, "head.weight", flat) == std::vector<real>{65, 0});
    CHECK(gradient(network, "head.bias", flat) == std::vector<real>{10});
  }

  TEST_CASE("an output without a gradient costs nothing on the way back, and disturbs nobody") {
    Network network(model(kMeeting));
    meeting_weights(network);
    const std::vector<real> head = meeting_gradients(network, {1}), sum = meeting_gradients(network, {0});
    CHECK(gradient(network, "left.bias", head) == std::vector<real>{20, 0});
    CHECK(gradient(network, "left.bias", sum) == std::vector<real>{real(0.25), real(0.5)});
    CHECK(std::isnan(gradient(network, "head.bias", sum)[0]));
    const ProgramPlan plan = plan_program(network, 1, {.batch = 1, .gradients = {0}});
    CHECK(plan.info.back().name == "head");
    CHECK(plan.info.back().backward_macs == 0);
    CHECK(plan.info.front().backward_macs == 6);
  }

  TEST_CASE("an output is not fused away, and lives to the end") {
    Network network(model(kDeep));
    const ProgramPlan plan = plan_program(network, 1, {.mode = Mode::infer, .batch = 2});
    std::string names;
    for (const OperationInfo& op : plan.info) {
      for (const std::string& layer : op.layers) names += layer + " ";
      names += "| ";
    }
    CHECK(names ==
          "conv2d batch_norm2d relu | conv2d | add | conv2d tanh | batch_norm2d leaky_relu | max_pool2d | conv2d | "
          "global_avg_pool | flatten | linear | ");
    const Workers one(1), three(3);
    const Pass want = deep_pass(one, true), plain = deep_pass(three, false), got = deep_pass(three, true);
    CHECK(largest_difference(plain.output, want.output) < 1e-5);
    CHECK(largest_difference(plain.gradients, want.gradients) < 2e-5);
    CHECK(same_bits(got.output, want.output));
    CHECK(same_bits(got.gradients, want.gradients));
  }

  TEST_CASE("gradients of several outputs add up") {
    const Workers workers(2);
    std::vector<real> sum = deep_pass(workers, true, {0}).gradients;
    for (const std::size_t output : {1, 2, 3}) {
      const std::vector<real> one = deep_pass(workers, true, {output}).gradients;
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += one[i];
    }
    CHECK(largest_difference(sum, deep_pass(workers, true).gradients) < 2e-5);
  }
}

}  // namespace cnnctl::testing
