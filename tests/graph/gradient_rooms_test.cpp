// Gradients that take over the rooms of others.
#include "graph/train_pass.hpp"

namespace cnnctl::testing {
namespace {

/// Gradients that take the room of others, of as many values and of more, along branches that meet.
constexpr const char* kSeparable = R"(
input: [3, 12, 12]
layers:
  - conv2d: {out_channels: 8, kernel_size: 3, padding: 1, bias: false}
  - batch_norm2d
  - relu: {name: trunk}
  - conv2d: {out_channels: 8, kernel_size: 3, padding: 1, groups: 8, bias: false}
  - batch_norm2d
  - relu
  - conv2d: {out_channels: 12, kernel_size: 1, bias: false}
  - batch_norm2d
  - relu: {name: wide}
  - conv2d: {out_channels: 8, kernel_size: 1, bias: false}
  - batch_norm2d
  - add: {inputs: [batch_norm2d_4, trunk]}
  - relu: {name: met}
  - conv2d: {inputs: [wide], out_channels: 8, kernel_size: 3, padding: 1}
  - batch_norm2d: {name: other}
  - conv2d: {inputs: [met], out_channels: 8, kernel_size: 1}
  - add: {inputs: [conv2d_6, other]}
  - batch_norm2d
  - relu
  - conv2d: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1, groups: 8}
  - batch_norm2d
  - relu
  - conv2d: {out_channels: 6, kernel_size: 1}
  - batch_norm2d
  - global_avg_pool
)";

}  // namespace

TEST_SUITE("graph") {
  TEST_CASE("gradients that share rooms are those of rooms of their own, in whole groups and in a short one") {
    const Workers workers(2);
    for (const std::int64_t n : {5, 39}) {  // of groups of one sample and of two, the last one of one
      const Pass fused = train_pass(kSeparable, workers, true, n), plain = train_pass(kSeparable, workers, false, n);
      CHECK(largest_difference(plain.output, fused.output) < 1e-5);
      CHECK(largest_difference(plain.gradients, fused.gradients) < 2e-5);
    }
  }

  TEST_CASE("gradients that share rooms have the same bits for every number of workers") {
    const Workers one(1), three(3);
    const Pass want = train_pass(kSeparable, one, true, 39), got = train_pass(kSeparable, three, true, 39);
    CHECK(same_bits(got.output, want.output));
    CHECK(same_bits(got.gradients, want.gradients));
  }
}

}  // namespace cnnctl::testing
