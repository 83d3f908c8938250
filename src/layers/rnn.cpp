// layers/rnn.cpp - the plain recurrent layer, as torch.nn.RNN: h = tanh(W x + b + V h_before + c), or relu.
#include "layers/recurrent.hpp"

namespace cnnctl {
namespace {

enum class Nonlinearity { tanh, relu };

}  // namespace

template <>
struct Words<Nonlinearity> {
  static constexpr std::pair<std::string_view, Nonlinearity> list[] = {{"tanh", Nonlinearity::tanh},
                                                                       {"relu", Nonlinearity::relu}};
};

namespace {

class Rnn final : public Recurrent {
 public:
  Rnn() : Recurrent(1, false, false) {}

  void fields(Fields& f) override {
    Recurrent::fields(f);
    f.optional("nonlinearity", nonlinearity_, "of the state");
  }

 private:
  void step(const kernels::CellRows& r) const override { kernels::rnn_cell(r, nonlinearity_ == Nonlinearity::relu); }
  void step_back(const kernels::CellGradient& g) const override {
    kernels::rnn_cell_grad(g, nonlinearity_ == Nonlinearity::relu);
  }

  Nonlinearity nonlinearity_ = Nonlinearity::tanh;
};

}  // namespace

extern constinit const Kind<Layer> kRnn =
    kind_of<Layer, Rnn>("rnn",
                        "A plain recurrent layer over the steps of a sequence, as torch.nn.RNN.\n"
                        "h[t] = tanh(W_ih x[t] + b_ih + W_hh h[t-1] + b_hh)\n"
                        "Elman, \"Finding structure in time\", 1990",
                        "{hidden_size: 16, output: last}");

}  // namespace cnnctl
