// The section `train:`, field by field: how long, how, and when to stop.
#include "experiment/experiment.hpp"

namespace cnnctl {

template <>
struct Words<Anneal> {
  static constexpr std::pair<std::string_view, Anneal> list[] = {{"cos", Anneal::cos}, {"linear", Anneal::linear}};
};

template <>
struct Words<OnNan> {
  static constexpr std::pair<std::string_view, OnNan> list[] = {{"stop", OnNan::stop}, {"rollback", OnNan::rollback}};
};

void EarlyStoppingConfig::fields(Fields& f) {
  f.shorthand("patience");
  f.optional("patience", patience, "epochs without an improvement before training stops", between(1, 1e6));
  f.optional("min_delta", min_delta, "smallest change of the monitored metric that counts as an improvement",
             at_least(0));
}

void EmaConfig::fields(Fields& f) {
  f.shorthand("decay");
  f.required("decay", decay, "share of the average that a step leaves", fraction());
  f.optional("ramp", ramp,
             "the first steps leave less of it, (1 + t) / (10 + t) after t of them, as in torch_ema; false: it begins "
             "with the first weights, as timm's ModelEmaV2");
}

void SwaConfig::fields(Fields& f) {
  f.shorthand("start_epoch");
  f.required("start_epoch", start_epoch, "epochs before averaging begins", between(0, 1e6));
  f.optional("lr", lr, "learning rate from then on; default: the schedule goes on", positive());
  f.optional("anneal_epochs", anneal_epochs, "epochs in which the rate passes to it, step by step", between(0, 1e6));
  f.optional("anneal_strategy", anneal_strategy, "along half a cosine or a line");
}

void TrainConfig::fields(Fields& f) {
  f.shorthand("epochs");
  f.optional("epochs", epochs, "passes over the training samples", between(1, 1e6));
  f.optional("accumulate", accumulate,
             "batches whose gradients make a step, which follows the mean over all their samples; batch norm sees each "
             "batch alone. What is left at the end of an epoch makes a smaller one",
             between(1, 1e6));
  f.optional("clip_grad_norm", clip_grad_norm, "largest 2-norm of all gradients together; larger ones are scaled",
             positive());
  f.optional("clip_grad_value", clip_grad_value, "largest value of any gradient; what is beyond it becomes that",
             positive());
  f.check(!clip_grad_norm || !clip_grad_value, "clip_grad_value", "choose one of clip_grad_norm and clip_grad_value");
  f.optional(
      "monitor", monitor,
      "judges epochs, for best.safetensors and early stopping: val_ or train_ and a number's name, loss or a "
      "metric; default: val_ and the first metric of classes, val_loss of values, train_loss without validation");
  f.optional("early_stopping", early_stopping, "stops when the monitored metric no longer improves");
  f.optional("on_nan", on_nan,
             "what follows a loss or a weight that is not finite: stop; or rollback: back to what was saved last, and "
             "on from there at a lower learning rate");
  f.optional("rollbacks", rollbacks, "how often at most", between(1, 100));
  f.optional("rollback_factor", rollback_factor, "of the learning rate, each time",
             Limits{.low = 0, .high = 1, .low_open = true, .high_open = true});
  f.optional("ema", ema,
             "exponential moving average of weights and batch norm's statistics, after each step; it is what validates "
             "and what checkpoints hold");
  f.optional("swa", swa,
             "stochastic weight averaging: the mean of the weights at the ends of epochs, batch norm's statistics "
             "measured anew; it is what validates and what checkpoints hold from then on");
  f.check(!ema || !swa, "swa", "choose one of train.ema and train.swa");
  f.check(!swa || swa->start_epoch < epochs, "swa",
          "train.swa begins after the last epoch: start_epoch must be below train.epochs");
  f.optional("init_from", init_from, "checkpoint to take the first weights from, as far as they fit; default: drawn");
}

}  // namespace cnnctl
