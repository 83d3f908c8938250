#include "graph/stages.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"
#include "config/yaml.hpp"
#include "graph/memory_plan.hpp"

namespace cnnctl {
namespace {

/// The operations of a model, planned for a batch.
struct Planned {
  Network network;
  Operations operations;
  Stages stages;

  Planned(const std::string& yaml, Mode mode, std::int64_t batch, std::int64_t part = 2)
      : network(model(yaml)), operations(operations_of(network, mode)) {
    fuse(operations);
    for (Operation& op : operations.list) {
      Inputs inputs = inputs_of(operations, op);
      inputs.batch = batch;
      inputs.part = part;
      op.plan = op.layer->plan(inputs);
    }
    stages = stages_of(operations, batch, part, false);
  }

  static ModelSpec model(const std::string& yaml) {
    Diagnostics diagnostics;
    ModelSpec spec = read_model(parse_yaml(yaml, "test.yaml", diagnostics), nullptr, diagnostics);
    diagnostics.throw_if_errors();
    return spec;
  }

  /// "[a, b?]" is a chain that ends in b's gathering; "b'": computed again; "c+": its parameters are summed here.
  std::string text(const std::vector<Stage>& list) const {
    std::string all;
    const bool back = &list == &stages.backward;
    for (const Stage& stage : list) {
      if (!all.empty()) all += ' ';
      std::string tasks;
      for (const Task& task : stage.tasks) {
        if (!tasks.empty()) tasks += ", ";
        tasks += operations.list[task.operation].name;
        if (task.action == Task::Action::gather) tasks += '?';
        if (task.action == Task::Action::recompute) tasks += '\'';
        if (back && task.action == Task::Action::run && stages.summing[task.operation].in_chain) tasks += '+';
      }
      all += stage.chain ? "[" + tasks + "]" : tasks;
    }
    return all;
  }

  std::string local_values() const {
    std::string all;
    for (std::size_t v = 0; v < operations.values.size(); ++v)
      if (stages.local[v]) all += operations.values[v].layer + (stages.recomputed[v] ? "' " : " ");
    return all;
  }
  std::string local_gradients() const {
    std::string all;
    for (std::size_t v = 0; v < operations.values.size(); ++v)
      if (stages.local_gradient[v]) all += operations.values[v].layer + " ";
    return all;
  }
  /// "a<b": a's gradient takes the room of b's.
  std::string gradient_rooms() const {
    std::string all;
    for (std::size_t v = 0; v < operations.values.size(); ++v)
      if (stages.gradient_room[v] != v)
        all += operations.values[v].layer + "<" + operations.values[stages.gradient_room[v]].layer + " ";
    return all;
  }
};

const char* const kPlain = R"(
input: [3, 16, 16]
layers:
  - conv2d: {name: c1, out_channels: 8, kernel_size: 3, padding: 1}
  - batch_norm2d: {name: n1}
  - relu: {name: r1}
  - conv2d: {name: c2, out_channels: 8, kernel_size: 3, padding: 1}
  - batch_norm2d: {name: n2}
  - relu: {name: r2}
  - max_pool2d: {name: p, kernel_size: 2}
  - flatten: {name: f}
  - linear: {name: l, out_features: 10}
)";

}  // namespace

TEST_SUITE("graph") {
  TEST_CASE("training: chains end where batch norm must see the batch, and what is cheap is computed again") {
    const Planned p(kPlain, Mode::train, 64);
    CHECK(p.text(p.stages.forward) == "[c1, n1?] [n1, c2, n2?] [n2, f] l");
    CHECK(p.text(p.stages.backward) == "l [f, n2?] [n2, n1', c2+, n1?] [n1, c1+]");
    CHECK(p.local_values() == "r1' p ");
    CHECK(p.local_gradients() == "c1 c2 ");
  }

  TEST_CASE("inference: one chain up to the layers that want the whole batch, and nothing kept") {
    const Planned p(kPlain, Mode::infer, 64);
    CHECK(p.text(p.stages.forward) == "[c1, c2, p, f] l");
    CHECK(p.stages.backward.empty());
    CHECK(p.local_values() == "r1 n2 p ");
  }

  TEST_CASE("what two chains read is kept") {
    const Planned p(R"(
input: [3, 16, 16]
layers:
  - conv2d: {name: c1, out_channels: 8, kernel_size: 3, padding: 1}
  - batch_norm2d: {name: n1}
  - conv2d: {name: c2, out_channels: 8, kernel_size: 3, padding: 1}
  - batch_norm2d: {name: n2}
  - add: {name: a, inputs: [n2, n1]}
  - relu: {name: r}
  - conv2d: {name: c3, out_channels: 8, kernel_size: 3, padding: 1}
)",
                    Mode::train, 64);
    CHECK(p.text(p.stages.forward) == "[c1, n1?] [n1, c2, n2?] [n2, c3]");
    CHECK(p.text(p.stages.backward) == "[c3+, n2?] [n2, c2+, n1?] [n1, c1+]");
    CHECK(p.local_values().empty());
    CHECK(p.local_gradients() == "c1 c2 ");
  }

  TEST_CASE("a gradient is written where the chain has just read another one, if that left room enough") {
    const Planned p(R"(
input: [3, 16, 16]
layers:
  - conv2d: {out_channels: 8, kernel_size: 3, padding: 1, bias: false}
  - batch_norm2d: {name: n1}
  - conv2d: {out_channels: 8, kernel_size: 3, padding: 1, groups: 8, bias: false}
  - batch_norm2d: {name: n2}
  - conv2d: {out_channels: 16, kernel_size: 1, bias: false}
  - batch_norm2d: {name: n3}
  - conv2d: {out_channels: 16, kernel_size: 3, stride: 2, padding: 1, groups: 16, bias: false}
  - batch_norm2d: {name: n4}
  - conv2d: {out_channels: 16, kernel_size: 1, bias: false}
  - batch_norm2d: {name: n5}
  - global_avg_pool
)",
                    Mode::train, 64);
    CHECK(p.gradient_rooms() == "n1<n3 n2<n3 n4<n5 ");  // n3's is larger than n4's
  }

  TEST_CASE("of two branches one takes the room of what both have read") {
    const Planned p(R"(
input: [3, 16, 16]
layers:
  - conv2d: {name: c1, out_channels: 8, kernel_size: 3, padding: 1}
  - batch_norm2d: {name: n1}
  - conv2d: {name: c2, out_channels: 8, kernel_size: 1}
  - batch_norm2d: {name: n2}
  - conv2d: {name: c3, inputs: [n1], out_channels: 8, kernel_size: 1}
  - conv2d: {name: c4, inputs: [n2], out_channels: 8, kernel_size: 1}
  - batch_norm2d: {name: n4}
  - add: {name: a, inputs: [n4, c3]}
  - conv2d: {name: c5, out_channels: 8, kernel_size: 1}
  - batch_norm2d: {name: n5}
)",
                    Mode::train, 64);
    CHECK(p.text(p.stages.backward) == "[n5?] [n5, c5+, n4?] [n4, n2', c4+, c3+, n2?] [n2, c2+, n1?] [n1, c1+]");
    CHECK(p.gradient_rooms() == "n2<n5 a<n5 ");  // not n1's, which c3 writes
  }

  TEST_CASE("sums of a chain come in a multiple of eight, equal shares for several workers") {
    const Planned p("input: [6, 14, 14]\nlayers:\n  - conv2d: {out_channels: 16, kernel_size: 5}\n", Mode::train, 64);
    CHECK(p.stages.summing[0].in_chain);
    CHECK(p.stages.summing[0].sums == 16);  // 18 would fit
  }

  TEST_CASE("filters whose sums are as large as the images are summed after the chain, in fewer sums") {
    const Planned p(
        "input: [64, 4, 4]\nlayers:\n  - conv2d: {out_channels: 32, kernel_size: 5, stride: 2, padding: 2}\n",
        Mode::train, 8);
    CHECK(p.text(p.stages.backward) == "[conv2d_1]");
    CHECK(p.stages.summing[0].sums == 8);
    CHECK_FALSE(p.stages.summing[0].in_chain);
  }

  TEST_CASE("parts are small enough for the cache and many enough for several workers") {
    const Planned p(kPlain, Mode::train, 64);  // 8 KB an image
    CHECK(part_size(p.operations, Mode::infer, 1) == 1);
    CHECK(part_size(p.operations, Mode::infer, 16) == 1);
    CHECK(part_size(p.operations, Mode::infer, 64) == 3);
    CHECK(part_size(p.operations, Mode::infer, 1 << 20) == 96);
    CHECK(part_size(p.operations, Mode::train, 1 << 20) == 30);
  }
}

}  // namespace cnnctl
