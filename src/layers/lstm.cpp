// layers/lstm.cpp - long short-term memory over the steps of a sequence, as torch.nn.LSTM.
#include "layers/recurrent.hpp"

namespace cnnctl {
namespace {

class Lstm final : public Recurrent {
 public:
  Lstm() : Recurrent(4, true, false) {}

 private:
  void step(const kernels::CellRows& r) const override { kernels::lstm_cell(r); }
  void step_back(const kernels::CellGradient& g) const override { kernels::lstm_cell_grad(g); }
};

}  // namespace

extern constinit const Kind<Layer> kLstm = kind_of<Layer, Lstm>(
    "lstm",
    "Long short-term memory over the steps of a sequence, as torch.nn.LSTM.\n"
    "i,f,o = sigmoid(..), g = tanh(..) of W_ih x[t] + b_ih + W_hh h[t-1] + b_hh; c = f*c + i*g; h = o * tanh(c)\n"
    "Hochreiter, Schmidhuber, \"Long short-term memory\", 1997",
    "{hidden_size: 16, output: last}");

}  // namespace cnnctl
