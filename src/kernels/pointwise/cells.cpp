#include "kernels/pointwise/cells.hpp"

#include "kernels/pointwise/activation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pointwise/cells.cpp"
#include "kernels/simd/simd_inl.hpp"
// After simd_inl.hpp.
#include "kernels/pointwise/activation_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

HWY_INLINE Vector sigmoid(Vector x) { return Sigmoid(0).value(x); }
HWY_INLINE Vector tangent(Vector x) { return Tanh(0).value(x); }
/// dy * tanh', from y = tanh.
HWY_INLINE Vector tangent_slope(Vector y, Vector dy) { return Tanh(0).slope(y, dy); }
HWY_INLINE Vector sigmoid_slope(Vector y, Vector dy) { return Sigmoid(0).slope(y, dy); }

/// Calls body(row, first hidden value, io) for all values of all rows.
template <class Body>
HWY_INLINE void for_hidden(const CellRows& r, const Body& body) {
  for (std::int64_t row = 0; row < r.rows; ++row)
    for_lanes(r.hidden, [=, &body](std::int64_t i, auto io) HWY_ATTR { body(row, i, io); });
}

/// What input and state say together of the values from `at` on of a row's gates.
template <class Io>
HWY_INLINE Vector gate_sum(const Io& io, const CellRows& r, std::int64_t row, std::int64_t at) {
  return hn::Add(io.load(r.gates + row * r.gates_ld + at), io.load(r.recurrent + row * r.recurrent_ld + at));
}

void rnn(const CellRows& r, bool relu) {
  for_hidden(r, [=](std::int64_t row, std::int64_t i, auto io) HWY_ATTR {
    const Vector sum = gate_sum(io, r, row, i);
    io.store(relu ? Relu(0).value(sum) : tangent(sum), r.h + row * r.h_ld + i);
  });
}

void rnn_grad(const CellGradient& g, bool relu) {
  for_hidden(g, [=](std::int64_t row, std::int64_t i, auto io) HWY_ATTR {
    real* dh = g.dh + row * g.hidden + i;
    const Vector y = io.load(g.h + row * g.h_ld + i), dy = io.load(dh);
    const Vector d = relu ? Relu(0).slope(y, dy) : tangent_slope(y, dy);
    io.store(d, g.gates + row * g.gates_ld + i);
    io.store(hn::Zero(Reals()), dh);
  });
}

void lstm(const CellRows& r) {
  for_hidden(r, [=](std::int64_t row, std::int64_t at, auto io) HWY_ATTR {
    real* gates = r.gates + row * r.gates_ld + at;
    const std::int64_t next = r.hidden;
    const Vector i = sigmoid(gate_sum(io, r, row, at)), f = sigmoid(gate_sum(io, r, row, at + next));
    const Vector g = tangent(gate_sum(io, r, row, at + 2 * next)), o = sigmoid(gate_sum(io, r, row, at + 3 * next));
    const Vector before = io.load(r.memory_before + row * r.memory_before_ld + at);
    const Vector c = hn::MulAdd(f, before, hn::Mul(i, g));
    io.store(i, gates);
    io.store(f, gates + next);
    io.store(g, gates + 2 * next);
    io.store(o, gates + 3 * next);
    io.store(c, r.memory + row * r.memory_ld + at);
    io.store(hn::Mul(o, tangent(c)), r.h + row * r.h_ld + at);
  });
}

void lstm_grad(const CellGradient& r) {
  for_hidden(r, [=](std::int64_t row, std::int64_t at, auto io) HWY_ATTR {
    real* gates = r.gates + row * r.gates_ld + at;
    real *dh = r.dh + row * r.hidden + at, *carry = r.carry + row * r.hidden + at;
    const std::int64_t next = r.hidden;
    const Vector i = io.load(gates), f = io.load(gates + next), g = io.load(gates + 2 * next);
    const Vector o = io.load(gates + 3 * next), t = tangent(io.load(r.memory + row * r.memory_ld + at));
    const Vector dy = io.load(dh), before = io.load(r.memory_before + row * r.memory_before_ld + at);
    const Vector dc = hn::Add(io.load(carry), tangent_slope(t, hn::Mul(dy, o)));
    io.store(sigmoid_slope(i, hn::Mul(dc, g)), gates);
    io.store(sigmoid_slope(f, hn::Mul(dc, before)), gates + next);
    io.store(tangent_slope(g, hn::Mul(dc, i)), gates + 2 * next);
    io.store(sigmoid_slope(o, hn::Mul(dy, t)), gates + 3 * next);
    io.store(hn::Mul(dc, f), carry);
    io.store(hn::Zero(Reals()), dh);
  });
}

void gru(const CellRows& c) {
  for_hidden(c, [=](std::int64_t row, std::int64_t at, auto io) HWY_ATTR {
    real* gates = c.gates + row * c.gates_ld + at;
    const std::int64_t next = c.hidden;
    const Vector r = sigmoid(gate_sum(io, c, row, at)), z = sigmoid(gate_sum(io, c, row, at + next));
    const Vector of_n = io.load(c.recurrent + row * c.recurrent_ld + at + 2 * next);
    const Vector n = tangent(hn::MulAdd(r, of_n, io.load(gates + 2 * next)));
    io.store(r, gates);
    io.store(z, gates + next);
    io.store(n, gates + 2 * next);
    io.store(of_n, c.memory + row * c.memory_ld + at);
    const Vector before = io.load(c.h_before + row * c.before_ld + at);
    io.store(hn::MulAdd(z, hn::Sub(before, n), n), c.h + row * c.h_ld + at);
  });
}

void gru_grad(const CellGradient& c) {
  for_hidden(c, [=](std::int64_t row, std::int64_t at, auto io) HWY_ATTR {
    real* gates = c.gates + row * c.gates_ld + at;
    real* recurrent = c.recurrent + row * c.recurrent_ld + at;
    real* dh = c.dh + row * c.hidden + at;
    const std::int64_t next = c.hidden;
    const Vector r = io.load(gates), z = io.load(gates + next), n = io.load(gates + 2 * next), dy = io.load(dh);
    const Vector before = io.load(c.h_before + row * c.before_ld + at);
    const Vector dn = tangent_slope(n, hn::NegMulAdd(dy, z, dy));
    const Vector dr = sigmoid_slope(r, hn::Mul(dn, io.load(c.memory + row * c.memory_ld + at)));
    const Vector dz = sigmoid_slope(z, hn::Mul(dy, hn::Sub(before, n)));
    io.store(dr, gates);
    io.store(dr, recurrent);
    io.store(dz, gates + next);
    io.store(dz, recurrent + next);
    io.store(dn, gates + 2 * next);
    io.store(hn::Mul(dn, r), recurrent + 2 * next);
    io.store(hn::Mul(dy, z), dh);
  });
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(rnn);
HWY_EXPORT(rnn_grad);
HWY_EXPORT(lstm);
HWY_EXPORT(lstm_grad);
HWY_EXPORT(gru);
HWY_EXPORT(gru_grad);

void rnn_cell(const CellRows& r, bool relu) { HWY_DYNAMIC_DISPATCH(rnn)(r, relu); }
void rnn_cell_grad(const CellGradient& g, bool relu) { HWY_DYNAMIC_DISPATCH(rnn_grad)(g, relu); }
void lstm_cell(const CellRows& r) { HWY_DYNAMIC_DISPATCH(lstm)(r); }
void lstm_cell_grad(const CellGradient& g) { HWY_DYNAMIC_DISPATCH(lstm_grad)(g); }
void gru_cell(const CellRows& r) { HWY_DYNAMIC_DISPATCH(gru)(r); }
void gru_cell_grad(const CellGradient& g) { HWY_DYNAMIC_DISPATCH(gru_grad)(g); }

}  // namespace cnnctl::kernels
#endif
