// The way back of recurrent layers: each walk from its last step to its first, then the parameters from all steps at
// once.
#include <algorithm>

#include "kernels/matrix/column_sums.hpp"
#include "kernels/matrix/gemm.hpp"
#include "kernels/matrix/linear.hpp"
#include "layers/recurrent.hpp"

namespace cnnctl {

/// The gradient of all steps, of which only the last one of each direction has any.
void Recurrent::read_last(const Backward& b, std::int64_t first, std::int64_t rows, real* dy) const {
  for (std::int64_t n = first; n < first + rows; ++n) {
    std::fill_n(dy + n * length_ * width(), length_ * width(), real{0});
    for (std::int64_t direction = 0; direction < directions(); ++direction) {
      const std::int64_t t = direction == 0 ? lengths_of(b)[n] - 1 : 0;
      std::copy_n(b.output_gradient.data + n * width() + direction * hidden_, hidden_,
                  dy + (n * length_ + t) * width() + direction * hidden_);
    }
  }
}

void Recurrent::backward(const Backward& b) const {
  if (has_lengths_ && b.input_gradients[1].data != nullptr && !b.input_gradients[1].accumulate)
    std::fill_n(b.input_gradients[1].data, b.part.n, real{0});
  const std::int64_t blocks = pieces(b.part.n, kBlockSamples);
  b.workers.run(blocks, [&](std::int64_t block, int worker) {
    const std::int64_t first = b.part.n * block / blocks, end = b.part.n * (block + 1) / blocks;
    backward_block(b, first, end - first, worker);
  });
}

void Recurrent::backward_block(const Backward& b, std::int64_t first, std::int64_t rows, int worker) const {
  const Workers alone = Workers::alone(worker);
  auto* scratch = reinterpret_cast<real*>(b.memory.scratch_of(worker));
  real* rooms[2] = {reinterpret_cast<real*>(b.memory.scratch),
                    reinterpret_cast<real*>(b.memory.scratch + output_bytes_)};
  const std::int64_t sample = length_ * width();
  const real* dy = b.output_gradient.data;
  if (steps_ == Steps::last) {
    read_last(b, first, rows, rooms[0]);
    dy = rooms[0];
  }
  for (std::int64_t layer = layers_ - 1; layer >= 0; --layer) {
    const std::int64_t in = input_of(layer), gates = gate_values();
    real* const below = rooms[(layers_ - layer) % 2];
    real* const dx = layer == 0 ? b.input_gradients[0].data : below;
    for (std::int64_t direction = 0; direction < directions(); ++direction) {
      const Walk walk = walk_of(layer, direction);
      walk_backward(b, walk, first, rows, dy, scratch);
      if (dx != nullptr)
        kernels::linear_input_gradient(alone, {rows * length_, in, gates}, gates_of(b, walk) + first * length_ * gates,
                                       b.parameters[walk.parameters], dx + first * length_ * in,
                                       direction > 0 || (layer == 0 && b.input_gradients[0].accumulate));
    }
    if (layer > 0 && drops(b, layer - 1))
      drop(b, layer - 1, first, rows, below + first * sample, below + first * sample);
    dy = below;
  }
}

void Recurrent::walk_backward(const Backward& b, const Walk& walk, std::int64_t first, std::int64_t rows,
                              const real* dy, real* scratch) const {
  const std::int64_t gates = gate_values();
  real* const dh = scratch + kBlockSamples * gates;
  real* const carry = dh + kBlockSamples * hidden_;
  real* const zeros = carry + kBlockSamples * hidden_;
  std::fill_n(dh, 2 * kBlockSamples * hidden_ + hidden_, real{0});
  const kernels::Gemm back({.m = rows,
                            .n = hidden_,
                            .k = gates,
                            .lda = length_ * gates,
                            .ldb = hidden_,
                            .ldc = hidden_,
                            .accumulate = true});
  const std::int64_t* lengths = lengths_of(b) + first;
  for (std::int64_t step_number = length_; step_number-- > 0;) {
    const std::int64_t t = walk.direction == 0 ? step_number : length_ - 1 - step_number;
    kernels::CellGradient cell{rows_at(b, walk, first, rows, t, zeros), dh, carry};
    cell.recurrent = recurrent_of(b, walk) + (first * length_ + t) * gates;
    cell.recurrent_ld = length_ * gates;
    for (std::int64_t row = 0; row < rows; ++row) {
      const real* own = dy + ((first + row) * length_ + t) * width() + walk.direction * hidden_;
      for (std::int64_t i = 0; i < hidden_; ++i) dh[row * hidden_ + i] += own[i];
    }
    step_back(cell);
    for (std::int64_t row = 0; row < rows; ++row) {  // behind its end a sequence has no state
      if (t < lengths[row]) continue;
      std::fill_n(cell.gates + row * cell.gates_ld, gates, real{0});
      std::fill_n(cell.recurrent + row * cell.recurrent_ld, gates, real{0});
      std::fill_n(dh + row * hidden_, hidden_, real{0});
      std::fill_n(carry + row * hidden_, hidden_, real{0});
    }
    if (cell.before_ld != 0) back(cell.recurrent, b.parameters[walk.parameters + 1], dh);
  }
}

/// From the gates' gradients of all steps, which `backward` has left in place of the gates.
void Recurrent::backward_parameters(const Backward& b) const {
  const std::int64_t steps = b.part.n * length_, gates = gate_values();
  auto* const before = reinterpret_cast<real*>(b.memory.scratch);
  std::byte* const partials = b.memory.scratch + hidden_bytes_;
  for (std::int64_t number = 0; number < walks(); ++number) {
    const Walk walk = walk_of(number / directions(), number % directions());
    const auto gradient = [&](std::size_t i) { return b.parameter_gradients[walk.parameters + i]; };
    const std::int64_t in = input_of(walk.layer);
    if (gradient(0) != nullptr)
      kernels::linear_weight_gradient(b.workers, {steps, in, gates}, input_values(b, walk.layer), gates_of(b, walk),
                                      gradient(0));
    if (gradient(1) != nullptr) {
      b.workers.run(b.part.n, [&](std::int64_t n, int) {
        for (std::int64_t t = 0; t < length_; ++t) {
          const std::int64_t at = walk.direction == 0 ? t - 1 : t + 1;
          real* to = before + (n * length_ + t) * hidden_;
          if (at < 0 || at >= length_)
            std::fill_n(to, hidden_, real{0});
          else
            std::copy_n(output_of(b, walk.layer) + (n * length_ + at) * width() + walk.direction * hidden_, hidden_,
                        to);
        }
      });
      kernels::linear_weight_gradient(b.workers, {steps, hidden_, gates}, before, recurrent_of(b, walk), gradient(1));
    }
    if (!bias_) continue;
    if (gradient(2) != nullptr) kernels::column_sums(b.workers, steps, gates, gates_of(b, walk), gradient(2), partials);
    if (gradient(3) != nullptr)
      kernels::column_sums(b.workers, steps, gates, recurrent_of(b, walk), gradient(3), partials);
  }
}

}  // namespace cnnctl
