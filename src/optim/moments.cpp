#include "optim/moments.hpp"

namespace cnnctl {

void MomentsOptimizer::fields(Fields& f) {
  f.optional("lr", lr_, "learning rate", positive());
  f.optional("betas", betas_, "decay rates of the running means of gradient and squared gradient", fraction());
  f.optional("eps", eps_, "added to the root of the second mean, against division by zero", positive());
  f.optional("weight_decay", weight_decay_,
             decoupled_ ? "share of lr by which weights shrink each step, apart from the gradient"
                        : "L2 penalty, added to the gradient",
             at_least(0));
  f.optional("decay_bias_and_norm", decay_bias_and_norm_, "weight decay also on biases, scales and shifts");
  f.check(betas_.size() == 2, "betas", "betas takes two numbers: [0.9, 0.999]");
}

}  // namespace cnnctl
