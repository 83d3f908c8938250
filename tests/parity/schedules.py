"""Schedules and what PyTorch calls them, over 50 steps; what PyTorch lacks as its formula."""

import math
import random
import warnings

import torch
from torch.optim import lr_scheduler

STEPS = 50
warnings.filterwarnings("ignore", module="torch.optim.lr_scheduler")


def stable_decay(f):
    def factor(t):
        share = (t / STEPS - (1 - f["decay_share"])) / f["decay_share"]
        fallen = max(0.0, share if f["decay"] == "linear" else math.sqrt(max(0.0, share)))
        return 1 + (f["min_factor"] - 1) * fallen
    return factor


def draw_plateau(r):
    return {"factor": r.uniform(0.1, 0.9), "patience": r.randint(0, 5), "threshold": r.choice([0, 1e-4, r.uniform(0, 0.1)]),
            "threshold_mode": r.choice(["rel", "abs"]), "cooldown": r.randint(0, 4),
            "min_lr": r.choice([0, 10 ** r.uniform(-4, -1)]), "eps": r.choice([1e-8, 1e-3])}


# kind: (fields, the scheduler of an optimizer, steps of an epoch)
SCHEDULES = {
    "constant": (lambda r: {"warmup_steps": r.randint(1, 40), "warmup_start": r.uniform(0.01, 1)},
                 lambda o, f: lr_scheduler.LinearLR(o, f["warmup_start"], 1, f["warmup_steps"]), 5),
    "step": (lambda r: {"step_size": r.randint(1, 20), "gamma": r.uniform(0.1, 1.1)},
             lambda o, f: lr_scheduler.StepLR(o, f["step_size"], f["gamma"]), 1),
    "multistep": (lambda r: {"milestones": sorted(r.sample(range(50), r.randint(1, 5))), "gamma": r.uniform(0.1, 1)},
                  lambda o, f: lr_scheduler.MultiStepLR(o, f["milestones"], f["gamma"]), 1),
    "exponential": (lambda r: {"gamma": r.uniform(0.8, 1.05)},
                    lambda o, f: lr_scheduler.ExponentialLR(o, f["gamma"]), 1),
    "polynomial": (lambda r: {"power": r.uniform(0.5, 3)},
                   lambda o, f: lr_scheduler.PolynomialLR(o, STEPS, f["power"]), 5),
    "linear": (lambda r: {"min_factor": r.uniform(0, 1)},
               lambda o, f: lr_scheduler.LinearLR(o, 1, f["min_factor"], STEPS), 5),
    "cosine": (lambda r: {"min_factor": r.uniform(0, 1)},
               lambda o, f: lr_scheduler.CosineAnnealingLR(o, STEPS, f["min_factor"] * o.defaults["lr"]), 5),
    "cosine_restarts": (lambda r: {"first_epochs": r.randint(1, 6), "multiplier": r.randint(1, 3),
                                   "min_factor": r.uniform(0, 1)},
                        lambda o, f: lr_scheduler.CosineAnnealingWarmRestarts(
                            o, f["first_epochs"] * 2, f["multiplier"], f["min_factor"] * o.defaults["lr"]), 2),
    "one_cycle": (lambda r: {"pct_start": r.uniform(0.1, 0.9), "div_factor": r.uniform(1, 30),
                             "final_div_factor": 10 ** r.uniform(0, 4)},
                  lambda o, f: lr_scheduler.OneCycleLR(o, o.defaults["lr"], STEPS, pct_start=f["pct_start"],
                                                       div_factor=f["div_factor"], cycle_momentum=False,
                                                       final_div_factor=f["final_div_factor"]), 5),
    "inverse_sqrt": (lambda r: {"timescale": r.randint(1, 30)},
                     lambda o, f: lr_scheduler.LambdaLR(o, lambda t: math.sqrt(f["timescale"] / (f["timescale"] + t))),
                     5),
    "warmup_stable_decay": (lambda r: {"decay_share": r.uniform(0.1, 1), "decay": r.choice(["linear", "sqrt"]),
                                       "min_factor": r.uniform(0, 0.5)},
                            lambda o, f: lr_scheduler.LambdaLR(o, stable_decay(f)), 5),
    "plateau": (draw_plateau, None, 1),
}


def results(r):
    """A number that improves, rests and jumps, once an epoch."""
    value, found = 1.0, []
    for _ in range(STEPS):
        value += r.choice([0, 0, r.gauss(-0.02, 0.03)])
        found.append(round(value, 4))
    return found


def draw(kind, count):
    r = random.Random("schedule " + kind)
    for _ in range(count):
        fields, per_epoch = SCHEDULES[kind][0](r), SCHEDULES[kind][2]
        question = {"about": "schedule", "kind": kind, "fields": fields, "lr": 10 ** r.uniform(-3, 0),
                    "per_epoch": per_epoch, "epochs": STEPS // per_epoch, "results": []}
        if kind == "plateau":
            larger = r.random() < 0.5
            question.update(results=[-v if larger else v for v in results(r)], larger_is_better=larger)
        yield question


def expected(question):
    """The rate of each step."""
    f = question["fields"]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=question["lr"])
    if question["kind"] == "plateau":
        schedule = lr_scheduler.ReduceLROnPlateau(optimizer, "max" if question["larger_is_better"] else "min", **f)
    else:
        schedule = SCHEDULES[question["kind"]][1](optimizer, f)
    rates = []
    for t in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if question["results"]:
            schedule.step(question["results"][t])
        elif t + 1 < STEPS:
            schedule.step()
    return torch.tensor(rates)
