"""Losses and what PyTorch calls them. Outputs and targets of values are (batch, channels, ...), classes (batch, ...)."""

import random

import torch
import torch.nn.functional as F


def class_fields(r, channels):
    fields = {}
    if r.random() < 0.5:
        fields["label_smoothing"] = r.uniform(0, 0.5)
    if r.random() < 0.5:
        fields["class_weights"] = [r.uniform(0.1, 3) for _ in range(channels)]
    return fields


def ignoring(r, channels, fields):
    if r.random() < 0.5:
        fields["ignore_index"] = r.choice([r.randrange(channels), channels, -100])
    return fields


def weights(f):
    return torch.tensor(f["class_weights"]) if "class_weights" in f else None


def one_hot(x, t):
    return F.one_hot(t, x.shape[1]).movedim(-1, 1).to(x.dtype) if t.dtype == torch.int64 else t


def cross_entropy(f, x, t):
    return F.cross_entropy(x, t, weights(f), ignore_index=f.get("ignore_index", -100),
                           label_smoothing=f.get("label_smoothing", 0.0))


def nll(f, x, t):
    return F.nll_loss(x, t, weights(f), ignore_index=f.get("ignore_index", -100))


def focal(f, x, t):
    """Lin et al., 2017, with a_c = weight of the class; the mean as cross entropy's."""
    log_p = F.log_softmax(x, 1)
    each = -((1 - log_p.exp()) ** f["gamma"] * log_p).gather(1, t.unsqueeze(1)).squeeze(1)
    w = weights(f)[t] if "class_weights" in f else torch.ones_like(each)
    return (w * each).sum() / w.sum()


def kl_div(f, x, t):
    t = one_hot(x, t)
    if f.get("label_smoothing"):
        t = (1 - f["label_smoothing"]) * t + f["label_smoothing"] / x.shape[1]
    log_p = {"logits": lambda: F.log_softmax(x, 1), "log_probabilities": lambda: x, "probabilities": x.log}[f["input"]]()
    if f["direction"] == "target_from_output":
        return F.kl_div(log_p, t, reduction="batchmean")
    return F.kl_div(t.log(), log_p.exp(), reduction="batchmean")


def draw_kl(r, channels):
    fields = {"input": r.choice(["logits", "log_probabilities", "probabilities"]),
              "direction": r.choice(["target_from_output", "output_from_target"])}
    if fields["direction"] == "output_from_target" or r.random() < 0.5:
        fields["label_smoothing"] = r.uniform(0.01, 0.5)
    return fields


def binary(f, x, t):
    w = torch.tensor(f["pos_weight"]) if "pos_weight" in f else None
    return F.binary_cross_entropy_with_logits(x.movedim(1, -1), one_hot(x, t).movedim(1, -1), pos_weight=w)


def cosine(f, x, t):
    return (1 - F.cosine_similarity(x, one_hot(x, t), 1, 1e-8)).mean()


def of_values(function):
    return lambda f, x, t: function(x, one_hot(x, t), f)


# kind: (fields, the loss, what targets may be, what outputs are)
LOSSES = {
    "cross_entropy": (class_fields, cross_entropy, ["classes", "values"], "logits"),
    "nll": (lambda r, c: {k: v for k, v in class_fields(r, c).items() if k != "label_smoothing"}, nll, ["classes"],
            "log_probabilities"),
    "focal": (lambda r, c: {"gamma": r.uniform(0.5, 4),
                            **{k: v for k, v in class_fields(r, c).items() if k == "class_weights"}}, focal,
              ["classes"], "logits"),
    "hinge": (lambda r, c: {"margin": r.uniform(0.1, 2)},
              lambda f, x, t: F.multi_margin_loss(x.movedim(1, -1).flatten(0, -2), t.flatten(), margin=f["margin"]),
              ["classes"], "logits"),
    "binary_cross_entropy": (lambda r, c: r.choice([{}, {"pos_weight": [r.uniform(0.2, 5) for _ in range(c)]}]),
                             binary, ["classes", "values"], "logits"),
    "mse": (lambda r, c: {}, of_values(lambda x, t, f: F.mse_loss(x, t)), ["classes", "values"], "logits"),
    "l1": (lambda r, c: {}, of_values(lambda x, t, f: F.l1_loss(x, t)), ["classes", "values"], "logits"),
    "smooth_l1": (lambda r, c: {"beta": r.uniform(0.1, 2)},
                  of_values(lambda x, t, f: F.smooth_l1_loss(x, t, beta=f["beta"])), ["classes", "values"], "logits"),
    "huber": (lambda r, c: {"delta": r.uniform(0.1, 2)},
              of_values(lambda x, t, f: F.huber_loss(x, t, delta=f["delta"])), ["classes", "values"], "logits"),
    "cosine": (lambda r, c: {}, cosine, ["classes", "values"], "logits"),
    "kl_div": (draw_kl, kl_div, ["classes", "values"], None),
}


def tensors(question):
    shape = [question["batch"]] + question["shape"]
    memory = [shape[0]] + shape[2:] + shape[1:2]
    x = torch.tensor(question["output"]).reshape(memory).movedim(-1, 1).contiguous()
    if question["classes"]:
        return x, torch.tensor(question["classes"]).reshape([shape[0]] + shape[2:])
    return x, torch.tensor(question["values"]).reshape(memory).movedim(-1, 1).contiguous()


def draw(kind, count):
    r = random.Random("loss " + kind)
    fields_of, _, targets, takes = LOSSES[kind]
    for _ in range(count):
        channels, batch = r.randint(2, 12), r.randint(1, 5)
        shape = [channels] + [r.randint(1, 4) for _ in range(r.randint(0, 3))]
        fields = fields_of(r, channels)
        by_class = r.choice(targets) == "classes"
        if by_class and kind in ("cross_entropy", "nll"):
            fields = ignoring(r, channels, fields)
        rows = batch
        for n in shape[1:]:
            rows *= n
        output = torch.tensor([[r.gauss(0, 1.5) for _ in range(channels)] for _ in range(rows)])
        given = fields.get("input", takes)
        if given != "logits":
            output = output.log_softmax(1) if given == "log_probabilities" else output.softmax(1)
        question = {"about": "loss", "kind": kind, "fields": fields, "shape": shape, "batch": batch,
                    "output": output.flatten().tolist(), "classes": [], "values": []}
        if by_class:
            ignored = fields.get("ignore_index")
            labels = [c for c in range(channels) if c != ignored]
            question["classes"] = [ignored if ignored is not None and i > 0 and r.random() < 0.3 else r.choice(labels)
                                   for i in range(rows)]
        else:
            question["values"] = torch.tensor([[r.gauss(0, 1) for _ in range(channels)] for _ in range(rows)]
                                              ).softmax(1).flatten().tolist()
        yield question


def expected(question):
    """The loss, then its gradient as memory has it."""
    x, t = tensors(question)
    x.requires_grad_()
    loss = LOSSES[question["kind"]][1](question["fields"], x, t)
    loss.backward()
    return torch.cat([loss.detach().reshape(1), x.grad.movedim(1, -1).flatten()])
