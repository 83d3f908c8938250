// One step of recurrent cells, for some rows: what happens to the gates between two products of matrices. Knows gates
// in PyTorch's order; knows no time.
#pragma once

#include <cstdint>

#include "tensor/real.hpp"

namespace cnnctl::kernels {

/// Values of one step; an `_ld` is the distance from one row's to the next row's, 0 where all rows share one.
struct CellRows {
  std::int64_t rows, hidden;
  real* gates;  // gates * hidden of each row: what the input and its bias say; becomes the gates themselves
  std::int64_t gates_ld;
  real* recurrent;  // likewise what the state before and its bias say
  std::int64_t recurrent_ld;
  const real* h_before;
  std::int64_t before_ld;
  real* h;  // the state
  std::int64_t h_ld;
  const real* memory_before;  // what the cell keeps besides, `hidden` of each row
  std::int64_t memory_before_ld;
  real* memory;
  std::int64_t memory_ld;
};

/// On the way back. The gates become their own gradient, that of what the input says; `recurrent` gets that of what the
/// state before says, and may be `gates` where they are one. dh, contiguous rows, becomes what reaches the state before
/// beside that; `carry`, likewise contiguous, the gradient of the memory, goes from step to step.
struct CellGradient : CellRows {
  real *dh, *carry;
};

/// h = tanh or relu of gates + recurrent. Elman, "Finding structure in time", Cognitive Science 14 (1990).
void rnn_cell(const CellRows& r, bool relu);
void rnn_cell_grad(const CellGradient& g, bool relu);

/// Gates i, f, g, o; memory c = f * c_before + i * g, h = o * tanh(c). Hochreiter and Schmidhuber, "Long short-term
/// memory", Neural Computation 9 (1997), with the forget gate of Gers et al. (2000).
void lstm_cell(const CellRows& r);
void lstm_cell_grad(const CellGradient& g);

/// Gates r, z, n; n = tanh(its input + r * its recurrent part), h = (1 - z) * n + z * h_before. The recurrent part of n
/// is kept as memory. Cho et al., "Learning phrase representations", EMNLP 2014, as PyTorch has it.
void gru_cell(const CellRows& r);
void gru_cell_grad(const CellGradient& g);

}  // namespace cnnctl::kernels
