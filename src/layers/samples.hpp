// Samples of a part side by side, one worker to each. Knows the contract of a layer; knows no arithmetic.
#pragma once

#include "layers/layer.hpp"

namespace cnnctl {

/// Calls body(n, workers, scratch) for each sample n of the part: a worker by itself, and that worker's scratch.
template <class Body>
void for_each_sample(const Run& r, const Body& body) {
  r.workers.run(r.part.n,
                [&](std::int64_t n, int worker) { body(n, Workers::alone(worker), r.memory.scratch_of(worker)); });
}

/// The same for volumes that go through windows of images and then through one along the depth: body(n, workers, memory
/// for the values between the two).
template <class Body>
void for_volumes(const Run& r, const Body& body) {
  for_each_sample(r, [&](std::int64_t n, const Workers& workers, std::byte* scratch) {
    body(n, workers, reinterpret_cast<real*>(scratch));
  });
}

}  // namespace cnnctl
