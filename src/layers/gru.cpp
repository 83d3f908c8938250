// layers/gru.cpp - gated recurrent units over the steps of a sequence, as torch.nn.GRU.
#include "layers/recurrent.hpp"

namespace cnnctl {
namespace {

class Gru final : public Recurrent {
 public:
  Gru() : Recurrent(3, true, true) {}

 private:
  void step(const kernels::CellRows& r) const override { kernels::gru_cell(r); }
  void step_back(const kernels::CellGradient& g) const override { kernels::gru_cell_grad(g); }
};

}  // namespace

extern constinit const Kind<Layer> kGru =
    kind_of<Layer, Gru>("gru",
                        "Gated recurrent units over the steps of a sequence, as torch.nn.GRU.\n"
                        "r,z = sigmoid(..); n = tanh(W_in x + b_in + r * (W_hn h + b_hn)); h = (1 - z) * n + z * h\n"
                        "Cho et al., \"Learning phrase representations using RNN encoder-decoder\", EMNLP 2014",
                        "{hidden_size: 16, output: last}");

}  // namespace cnnctl
