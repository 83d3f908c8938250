#!/usr/bin/python3
"""Compares with PyTorch, in double, on random settings: layers and losses with all gradients, optimizers and schedules
over 50 steps.

usage: parity.py PROGRAM [SETTINGS [KIND...]]
       parity.py PROGRAM --values   writes tests/layers/pytorch_values.inc and tests/parity/pytorch_values.jsonl, which
                                    hold two settings of each kind

PROGRAM is the test program of the exact build. Every kind gets SETTINGS random settings (50); the largest difference,
relative to the largest value, must stay below 5e-6.
"""

import json
import os
import random
import subprocess
import sys
import tempfile

import numpy
import torch
import torch.nn.functional as F

import losses
import optimizers
import schedules
from layers import LAYERS, UNCOMPARED

MOST = 5e-6
torch.set_default_dtype(torch.float64)


def yaml_of(fields):
    return json.dumps(fields) if fields else ""


def draw(kind, count):
    """Settings of a kind; the same in every run."""
    r = random.Random(kind)
    for _ in range(count):
        fields, shapes = LAYERS[kind][0](r)
        yield {"kind": kind, "yaml": yaml_of(fields), "fields": fields, "shapes": shapes, "batch": r.randint(2, 4),
               "mode": "train"}


def ask(program, questions):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("questions", "answers")]
        with open(paths[0], "w", encoding="utf-8") as file:
            file.writelines(json.dumps(q) + "\n" for q in questions)
        subprocess.run([program, "--test-suite=parity", "--no-skip", "--no-intro"], check=True,
                       stdout=subprocess.PIPE,
                       env=dict(os.environ, CNNCTL_PARITY_QUESTIONS=paths[0], CNNCTL_PARITY_ANSWERS=paths[1]))
        with open(paths[1], encoding="utf-8") as file:
            return [json.loads(line) for line in file]


def from_memory(values, batch, shape):
    """A batch with the channels last, in PyTorch's order."""
    array = numpy.array(values, dtype=float).reshape([batch] + shape[1:] + shape[:1])
    return torch.tensor(numpy.moveaxis(array, -1, 1).copy())


def parameter(p, key):
    array = numpy.array(p[key], dtype=float)
    if p["order"]:
        array = array.reshape([p["split"][i] for i in p["order"]]).transpose(numpy.argsort(p["order"]))
    return torch.tensor(array.reshape(p["shape"]).copy())


def difference(got, want):
    if list(got.shape) != list(want.shape):
        return float("inf")
    if want.numel() == 0:
        return 0.0
    return float((got - want).abs().max() / max(1.0, float(want.abs().max())))


def expected(question, answer):
    """The output, the inputs and the parameters by name, gradients computed."""
    batch = question["batch"]
    x = [from_memory(v, batch, s).requires_grad_() for v, s in zip(answer["x"], question["shapes"])]
    parameters = {p["name"]: parameter(p, "values").requires_grad_() for p in answer["before"]}
    y = LAYERS[question["kind"]][1](torch, F, question["fields"], x, parameters)
    y.backward(from_memory(answer["dy"], batch, answer["shape"]))
    return y.detach(), x, parameters


def compare(question, answer):
    """The differences of everything, by name."""
    if "error" in answer:
        return {answer["error"]: float("inf")}
    batch = question["batch"]
    y, x, parameters = expected(question, answer)
    differences = {"y": difference(from_memory(answer["y"], batch, answer["shape"]), y)}
    for i, (values, shape) in enumerate(zip(answer["dx"], question["shapes"])):
        differences[f"dx{i}"] = difference(from_memory(values, batch, shape), x[i].grad)
    for p in answer["after"]:
        if p["gradient"]:
            differences["d" + p["name"]] = difference(parameter(p, "gradient"), parameters[p["name"]].grad)
    return differences


def compare_numbers(subject):
    """Of a subject whose answers and expectations are plain numbers."""
    def compare_one(question, answer):
        if "error" in answer:
            return {answer["error"]: float("inf")}
        want = subject.expected(question)
        return {"numbers": difference(torch.tensor(answer["got"], dtype=torch.float64).reshape(want.shape), want)}
    return compare_one


# What a command of the program lists: kinds, how settings are drawn and compared, and what nothing is compared with.
SUBJECTS = {
    "layers": (LAYERS, draw, compare, UNCOMPARED),
    "losses": (losses.LOSSES, losses.draw, compare_numbers(losses), set()),
    "optimizers": (optimizers.OPTIMIZERS, optimizers.draw, compare_numbers(optimizers), set()),
    "schedules": (schedules.SCHEDULES, schedules.draw, compare_numbers(schedules), set()),
}


def value(tensors, weigh):
    """A sum that tells neighbours apart, and the size of what was added up: see pytorch_values_test.cpp."""
    terms = [weigh(t) for t in tensors]
    return f"{{{sum(float(t.sum()) for t in terms):.9g}, {sum(float(t.abs().sum()) for t in terms):.9g}}}"


def weighted(tensor):
    flat = tensor.movedim(1, -1).flatten()  # as memory has it
    return flat * torch.cos(torch.arange(flat.numel(), dtype=torch.float64))


def small(question):
    """A question as the default tests ask it; none if it is too large."""
    if question["about"] == "optimizer":
        return dict(question, values=[v[:2] for v in question["values"]], curvature=[c[:2] for c in question["curvature"]])
    return question if len(question.get("output", [])) <= 40 else None


def rounded(value):
    """Nine digits of every number."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


def write_numbers():
    """For values_test.cpp: of an optimizer's steps the 1st, the 10th and the last."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pytorch_values.jsonl"), "w",
              encoding="utf-8") as file:
        for subject in (losses, optimizers, schedules):
            kinds = getattr(subject, subject.__name__.upper())
            for kind in kinds:
                questions = [q for q in map(small, subject.draw(kind, 50)) if q][:2]
                for question in map(rounded, questions):
                    want = subject.expected(question)
                    if question["about"] == "optimizer":
                        want = want[[0, 9, len(want) - 1]]
                    file.write(json.dumps({"question": question, "want": rounded(want.flatten().tolist())}) + "\n")


def write_values(program):
    write_numbers()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "layers", "pytorch_values.inc")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"// Written by scripts/parity.sh --values with PyTorch {torch.__version__}.\n")
        for kind in LAYERS:
            questions = list(draw(kind, 2))
            for question, answer in zip(questions, ask(program, questions)):
                y, x, parameters = expected(question, answer)
                shapes = ", ".join("{" + ", ".join(map(str, s)) + "}" for s in question["shapes"])
                dp = [p.grad for p in parameters.values() if p.grad is not None]
                file.write(f"{{\"{kind}\", R\"({question['yaml']})\", {{{shapes}}}, {question['batch']}, "
                           f"{value([y], weighted)}, {value([t.grad for t in x], weighted)}, "
                           f"{value(dp, torch.square)}}},\n")
    return 0


def main(program, count=50, *kinds):
    if count == "--values":
        return write_values(program)
    failed = False
    for subject, (known, draw_some, compare_one, uncompared) in SUBJECTS.items():
        for kind in known:
            if kinds and kind not in kinds:
                continue
            questions = list(draw_some(kind, int(count)))
            answers = ask(program, questions)
            worst = (0.0, None, None)
            for question, answer in zip(questions, answers):
                for name, value in compare_one(question, answer).items():
                    if not value <= worst[0]:
                        worst = (value, name, question)
            bad = len(answers) != len(questions) or not worst[0] <= MOST
            failed |= bad
            print(f"{kind:20} {len(answers)} settings, largest difference {worst[0]:.1e}"
                  f"{'  <-- ' + str(worst[1]) if bad else ''}")
            if bad:
                print("   ", json.dumps(worst[2]))
        listed = subprocess.run([program.replace("_tests", ""), subject], check=True, stdout=subprocess.PIPE, text=True)
        names = {line.split()[0] for line in listed.stdout.splitlines() if line[:1].isalpha() and "  " in line}
        for name in sorted(names - set(known) - uncompared):
            print(f"{name:20} is compared with nothing")
    return failed


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
