// Programs of networks of which only some parameters are trained.
#include <set>

#include "graph/train_pass.hpp"

namespace cnnctl::testing {
namespace {

constexpr const char* kNet = R"(
input: [3, 8, 8]
layers:
  - conv2d: {name: c1, out_channels: 6, kernel_size: 3, padding: 1}
  - batch_norm2d: {name: n1}
  - relu: {name: r1}
  - conv2d: {name: c2, out_channels: 6, kernel_size: 3, padding: 1, bias: false}
  - batch_norm2d: {name: n2}
  - add: {name: sum, inputs: [n2, r1]}
  - tanh: {name: t}
  - max_pool2d: {name: p, kernel_size: 2}
  - flatten: {name: f}
  - linear: {name: fc, out_features: 4}
)";

/// A network with statistics such as training leaves behind, of which the named parameters stay as they are.
struct Frozen {
  Network network;
  Workers workers{2};

  /// A parameter is frozen whose name begins with one of these.
  explicit Frozen(const std::vector<std::string>& prefixes) : network(model(kNet)) {
    network.initialise(1);
    for (std::size_t i = 0; i < network.parameters().size(); ++i) {
      const NamedParameter& p = network.parameters()[i];
      const std::span<real> values(p.values, static_cast<std::size_t>(p.parameter.count()));
      if (!p.parameter.trainable()) fill(values, 5 + i);
      if (p.name.ends_with("running_var"))
        for (real& value : values) value = std::abs(value) + real{0.2};
      for (const std::string& prefix : prefixes)
        if (p.name.starts_with(prefix)) network.set_trained(i, false);
    }
  }

  std::vector<real> values(const std::string& name) const {
    for (const NamedParameter& p : network.parameters())
      if (p.name == name) return {p.values, p.values + p.parameter.count()};
    FAIL("no such parameter");
    return {};
  }

  /// The outputs of the program, for the same input always.
  static std::vector<real> outputs(Program& program) {
    View x = program.input();
    fill({x.data, static_cast<std::size_t>(x.count())}, 1);
    const ConstView y = program.forward(5, 42, 7);
    return {y.data, y.data + y.count()};
  }

  /// A pass of a program that trains; gradients that are not handed over stay NaN.
  Pass pass(bool fused = true, bool keep = false) {
    Program program(network, workers, {.mode = Mode::train, .batch = 5, .fuse = fused, .keep_gradients = keep});
    Pass pass;
    pass.output = outputs(program);
    fill({program.output_gradient(), pass.output.size()}, 2);
    pass.gradients.assign(static_cast<std::size_t>(network.flat_size()), real(NAN));
    program.backward(
        [&](const Gradients& g) { std::copy_n(g.values, g.end - g.begin, pass.gradients.begin() + g.begin); });
    return pass;
  }

  /// Names of the parameters whose gradients were handed over and are not zero.
  std::set<std::string> with_gradient(const Pass& pass) const {
    std::set<std::string> names;
    for (std::size_t i = 0; i < network.parameters().size(); ++i) {
      const NamedParameter& p = network.parameters()[i];
      if (!p.parameter.trainable()) continue;
      const auto first = pass.gradients.begin() + network.flat_range(i).begin;
      if (!std::isnan(*first) && std::any_of(first, first + p.parameter.count(), [](real v) { return v != 0; }))
        names.insert(p.name);
    }
    return names;
  }
};

std::string text(const Program& program) {
  std::string all;
  for (const OperationInfo& op : program.operations()) {
    for (const std::string& layer : op.layers) all += layer + " ";
    all += op.backward_macs > 0 ? "<| " : "| ";
  }
  return all;
}

}  // namespace

TEST_SUITE("graph") {
  TEST_CASE("what is frozen before all that is trained runs as in inference, and has no backward pass") {
    Frozen frozen({"c", "n"}), whole({});
    const ProgramOptions training{.mode = Mode::train, .batch = 5, .keep_gradients = false};
    Program program(frozen.network, frozen.workers, training),
        inference(frozen.network, frozen.workers, {.mode = Mode::infer, .batch = 5});
    CHECK(text(program) ==
          "conv2d batch_norm2d relu | conv2d batch_norm2d | add | max_pool2d tanh | flatten | linear <| ");
    const auto bytes = [&](const Network& network) { return plan_program(network, 2, training).bytes(); };
    CHECK(bytes(frozen.network) < bytes(whole.network) / 2);
    inference.refresh();
    CHECK(largest_difference(Frozen::outputs(inference), Frozen::outputs(program)) < 1e-6);
    const std::vector<real> mean = frozen.values("n1.running_mean"), var = frozen.values("n2.running_var");
    const Pass pass = frozen.pass();
    CHECK(frozen.with_gradient(pass) == std::set<std::string>{"fc.weight", "fc.bias"});
    CHECK(frozen.values("n1.running_mean") == mean);
    CHECK(frozen.values("n2.running_var") == var);
  }

  TEST_CASE("gradients pass through what is frozen, and are those of the loss") {
    for (const bool fused : {true, false}) {
      Frozen f({"n", "c2"});
      const Pass pass = f.pass(fused);
      CHECK(f.with_gradient(pass) == std::set<std::string>{"c1.weight", "c1.bias", "fc.weight", "fc.bias"});
      std::vector<real> dy(pass.output.size());
      fill(dy, 2);
      Program program(f.network, f.workers, {.mode = Mode::train, .batch = 5, .fuse = fused});
      const auto loss = [&] {
        const std::vector<real> y = Frozen::outputs(program);
        double sum = 0;
        for (std::size_t i = 0; i < y.size(); ++i) sum += double{y[i]} * double{dy[i]};
        return sum;
      };
      for (const std::int64_t i : {0, 7, 40, 161}) {  // weights of c1
        real& value = f.network.flat_values()[i];
        const real before = value, h = real(1e-2);
        value = before + h;
        const double up = value, above = loss();
        value = before - h;
        const double down = value, below = loss();
        value = before;
        CAPTURE(i);
        CHECK(pass.gradients[static_cast<std::size_t>(i)] ==
              doctest::Approx((above - below) / (up - down)).epsilon(0.03));
      }
    }
  }

  TEST_CASE("of an operation that is trained in part, the frozen parameters' gradients are zero") {
    for (const bool keep : {false, true}) {
      Frozen f({"c2", "n2.weight", "fc.weight"}), whole({});
      const Pass pass = f.pass(true, keep), all = whole.pass(true, keep);
      CHECK(f.with_gradient(pass) ==
            std::set<std::string>{"c1.weight", "c1.bias", "n1.weight", "n1.bias", "n2.bias", "fc.bias"});
      CHECK(same_bits(pass.output, all.output));
      const FlatRange bias = f.network.flat_range(f.network.parameters().size() - 1);
      CHECK(std::equal(pass.gradients.begin() + bias.begin, pass.gradients.end(), all.gradients.begin() + bias.begin));
    }
  }

  TEST_CASE("programs made of plans take turns in the memory that the larger one needs") {
    Frozen f({"c", "n"});
    ProgramPlan training = plan_program(f.network, 2, {.mode = Mode::train, .batch = 5}),
                inference = plan_program(f.network, 2, {.mode = Mode::infer, .batch = 5});
    Buffer memory(std::max(training.bytes(), inference.bytes()));
    Program train(std::move(training), f.network, f.workers, memory),
        infer(std::move(inference), f.network, f.workers, memory);
    const std::vector<real> first = Frozen::outputs(train), second = Frozen::outputs(infer);
    for (int turn = 0; turn < 2; ++turn) {
      CHECK(same_bits(Frozen::outputs(train), first));
      CHECK(same_bits(Frozen::outputs(train), first));
      CHECK(same_bits(Frozen::outputs(infer), second));
    }
    f.network.initialise(2);
    train.refresh();
    infer.refresh();
    CHECK(largest_difference(Frozen::outputs(train), first) > 1e-3);
    CHECK(largest_difference(Frozen::outputs(infer), second) > 1e-3);
  }

  TEST_CASE("a batch norm that is trained behind frozen layers averages its statistics") {
    Frozen f({"c1"});
    const std::vector<real> mean = f.values("n1.running_mean");
    f.pass();
    CHECK(f.values("n1.running_mean") != mean);
  }
}

}  // namespace cnnctl::testing
