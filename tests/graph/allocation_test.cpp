// A training step takes its memory from the arena: nothing is allocated once the first step has run.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which have allocation functions of their own

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "base/error.hpp"
#include "config/yaml.hpp"
#include "graph/program.hpp"

namespace {

std::atomic<bool> counting{false};
std::atomic<int> allocations{0};

void* counted(std::size_t bytes) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// The whole test program allocates through these; they count only while asked to.
void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace cnnctl {

TEST_SUITE("graph") {
  TEST_CASE("a training step allocates nothing, with one worker and with several") {
    Diagnostics diagnostics;
    const ModelSpec spec = read_model(parse_yaml(R"(
input: [3, 20, 20]
layers:
  - conv2d: {out_channels: 8, kernel_size: 5}
  - relu
  - conv2d: {name: first, out_channels: 16, kernel_size: 3, padding: 1, bias: false}
  - batch_norm2d: {name: norm}
  - relu
  - conv2d: {out_channels: 16, kernel_size: 3, stride: 2, padding: 1}
  - conv2d: {out_channels: 16, kernel_size: 3, padding: 1, groups: 16}
  - batch_norm2d: {name: deep}
  - conv2d: {name: same, out_channels: 16, kernel_size: 1}
  - add: {inputs: [deep, same]}
  - tanh
  - max_pool2d: 2
  - dropout
  - flatten
  - linear: 10
)",
                                                 "test.yaml", diagnostics),
                                      nullptr, diagnostics);
    diagnostics.throw_if_errors();
    for (const int count : {1, 2}) {
      CAPTURE(count);
      const Workers workers(count);
      Network network(spec);
      network.initialise(1);
      Program program(network, workers, {.mode = Mode::train, .batch = 20});
      const auto step = [&](std::int64_t n) {
        program.forward(n, 1, 1);
        program.backward([](const Gradients&) {});
      };
      step(20);  // generates the code of small products
      step(7);
      allocations = 0;
      counting = true;
      step(20);
      step(7);
      counting = false;
      CHECK(allocations == 0);
    }
  }
}

}  // namespace cnnctl

#endif
