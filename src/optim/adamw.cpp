// adamw - Adam with decoupled weight decay, as torch.optim.AdamW.
// Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.
#include "optim/adam.hpp"
#include "optim/catalog.hpp"

namespace cnnctl {
namespace {

class AdamW final : public AdamBase {
 public:
  AdamW() : AdamBase({.weight_decay = 1e-2, .decoupled = true}) {}
};

}  // namespace

constexpr Kind<Optimizer> kAdamwKind =
    kind_of<Optimizer, AdamW>("adamw",
                              "adaptive moments; weight decay shrinks the weights directly\n"
                              "w -= lr * weight_decay * w; then as adam\n"
                              "Loshchilov, Hutter, \"Decoupled weight decay regularization\", ICLR 2019",
                              "{lr: 1e-3, weight_decay: 0.01}");

}  // namespace cnnctl
