#!/usr/bin/python3
"""Compares layers with PyTorch, in double: outputs and all gradients on random settings.

usage: parity.py PROGRAM [SETTINGS [KIND...]]
       parity.py PROGRAM --values   writes tests/layers/pytorch_values.inc, which holds two settings of each kind

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


def value(tensors, weigh):
    """A sum that tells neighbours apart, and the size of what was added up: see pytorch_values_test.cpp."""
    terms = [weigh(t) for t in tensors]
    return f"{{{sum(float(t.sum()) for t in terms):.9g}, {sum(float(t.abs().sum()) for t in terms):.9g}}}"


def weighted(tensor):
    flat = tensor.movedim(1, -1).flatten()  # as memory has it
    return flat * torch.cos(torch.arange(flat.numel(), dtype=torch.float64))


def write_values(program):
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
    for kind in kinds or LAYERS:
        questions = list(draw(kind, int(count)))
        answers = ask(program, questions)
        worst = (0.0, None, None)
        for question, answer in zip(questions, answers):
            for name, value in compare(question, answer).items():
                if not value <= worst[0]:
                    worst = (value, name, question)
        bad = len(answers) != len(questions) or not worst[0] <= MOST
        failed |= bad
        print(f"{kind:20} {len(answers)} settings, largest difference {worst[0]:.1e}{'  <-- ' + str(worst[1]) if bad else ''}")
        if bad:
            print("   ", json.dumps(worst[2]))
    known = subprocess.run([program.replace("_tests", ""), "layers"], check=True, stdout=subprocess.PIPE, text=True)
    names = {line.split()[0] for line in known.stdout.splitlines() if line[:1].isalpha() and "  " in line}
    for name in sorted(names - set(LAYERS) - UNCOMPARED):
        print(f"{name:20} is compared with nothing")
    return failed


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
