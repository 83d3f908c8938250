"""Optimizers and what PyTorch calls them: for each a function that draws a setting, and one that makes it.

What PyTorch lacks stands here as its paper has it. A training is that of parameters w towards a bowl that shakes: the
gradient of value i at step t is curvature[i] * w[i] + sin(t + i).
"""

import random

import torch

STEPS = 50


class FromPaper(torch.optim.Optimizer):
    """An update rule for one parameter: rule(fields, w, g, its own dict of arrays, t from 1)."""

    def __init__(self, parameters, fields, rule):
        super().__init__(parameters, {})
        self.fields, self.rule, self.t = fields, rule, 0

    @torch.no_grad()
    def step(self):
        self.t += 1
        for p in self.param_groups[0]["params"]:
            self.rule(self.fields, p, p.grad, self.state[p], self.t)


def mean(state, name, beta, value):
    state[name] = beta * state.get(name, torch.zeros_like(value)) + (1 - beta) * value
    return state[name]


def lion(f, w, g, state, t):
    """Chen et al., 2023, algorithm 2."""
    old = state.get("m", torch.zeros_like(w))
    direction = torch.sign(f["betas"][0] * old + (1 - f["betas"][0]) * g)
    mean(state, "m", f["betas"][1], g)
    w.sub_(f["lr"] * (direction + f["weight_decay"] * w))


def lars(f, w, g, state, t):
    """You et al., 2017, algorithm 1."""
    decay = f["weight_decay"]
    local = f["trust_coefficient"] * w.norm() / (g.norm() + decay * w.norm())
    state["v"] = f["momentum"] * state.get("v", torch.zeros_like(w)) + f["lr"] * local * (g + decay * w)
    w.sub_(state["v"])


def lamb(f, w, g, state, t):
    """You et al., 2020, algorithm 2, the norm itself as phi."""
    b1, b2 = f["betas"]
    m, v = mean(state, "m", b1, g) / (1 - b1 ** t), mean(state, "v", b2, g * g) / (1 - b2 ** t)
    u = m / (v.sqrt() + f["eps"]) + f["weight_decay"] * w
    w.sub_(f["lr"] * w.norm() / u.norm() * u)


def fields_of(r, lr, decay=0.1):
    return {"lr": lr * 10 ** r.uniform(-1, 0), "weight_decay": r.choice([0, r.uniform(0, decay)])}


def adaptive(r, lr):
    return {**fields_of(r, lr), "betas": [r.uniform(0.5, 0.95), r.uniform(0.9, 0.999)], "eps": 10 ** r.uniform(-8, -3)}


def draw_sgd(r):
    momentum = r.choice([0, r.uniform(0.1, 0.95)])
    return {**fields_of(r, 0.1), "momentum": momentum, "nesterov": momentum > 0 and r.random() < 0.5}


def draw_rmsprop(r):
    return {**fields_of(r, 0.05), "alpha": r.uniform(0.8, 0.99), "eps": 10 ** r.uniform(-5, -2),
            "momentum": r.choice([0, r.uniform(0.1, 0.9)]), "centered": r.random() < 0.5}


def of_torch(name, **more):
    return lambda parameters, fields: getattr(torch.optim, name)(parameters, **fields, **more)


def of_paper(rule):
    return lambda parameters, fields: FromPaper(parameters, fields, rule)


OPTIMIZERS = {
    "sgd": (draw_sgd, of_torch("SGD")),
    "adam": (lambda r: {**adaptive(r, 0.1), "amsgrad": r.random() < 0.5}, of_torch("Adam")),
    "adamw": (lambda r: {**adaptive(r, 0.1), "amsgrad": r.random() < 0.5}, of_torch("AdamW")),
    "adamax": (lambda r: adaptive(r, 0.1), of_torch("Adamax")),
    "nadam": (lambda r: {**adaptive(r, 0.1), "momentum_decay": r.uniform(1e-3, 1e-2)},
              of_torch("NAdam", foreach=True)),  # which 1.13 has right; without it, it multiplies by a momentum too many
    "radam": (lambda r: adaptive(r, 0.1), of_torch("RAdam")),
    "rmsprop": (draw_rmsprop, of_torch("RMSprop")),
    "adagrad": (lambda r: {**fields_of(r, 0.5), "lr_decay": r.choice([0, r.uniform(0, 0.1)]),
                           "eps": 10 ** r.uniform(-10, -3)}, of_torch("Adagrad")),
    "adadelta": (lambda r: {**fields_of(r, 5), "rho": r.uniform(0.5, 0.95), "eps": 10 ** r.uniform(-6, -2)},
                 of_torch("Adadelta")),
    "lion": (lambda r: {**fields_of(r, 0.05), "betas": [r.uniform(0.5, 0.95), r.uniform(0.9, 0.99)]}, of_paper(lion)),
    "lars": (lambda r: {**fields_of(r, 5), "momentum": r.uniform(0.1, 0.95),
                        "trust_coefficient": 10 ** r.uniform(-3, -2)}, of_paper(lars)),
    "lamb": (lambda r: adaptive(r, 0.1), of_paper(lamb)),
}


def draw(kind, count):
    """Settings of a kind, the same in every run: two parameters, whatever their sizes."""
    r = random.Random("optimizer " + kind)
    for _ in range(count):
        sizes = [r.randint(1, 20), r.randint(1, 20)]
        values = [[r.gauss(0, 1) for _ in range(n)] for n in sizes]
        curvature = [[r.uniform(0.1, 2) for _ in range(n)] for n in sizes]
        yield {"about": "optimizer", "kind": kind, "fields": OPTIMIZERS[kind][0](r), "values": values,
               "curvature": curvature, "steps": STEPS}


def expected(question):
    """All values after each step."""
    parameters = [torch.tensor(v, requires_grad=True) for v in question["values"]]
    curvature = [torch.tensor(c) for c in question["curvature"]]
    optimizer = OPTIMIZERS[question["kind"]][1](parameters, question["fields"])
    after = []
    for t in range(question["steps"]):
        at = 0
        for p, c in zip(parameters, curvature):
            p.grad = c * p.detach() + torch.sin(torch.arange(at, at + len(p), dtype=torch.float64) + t)
            at += len(p)
        optimizer.step()
        after.append(torch.cat([p.detach().clone() for p in parameters]))
    return torch.stack(after)
