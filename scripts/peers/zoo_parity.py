#!/usr/bin/env python3
"""PyTorch's side of scripts/zoo-parity.sh: torchvision's networks against those of configs/zoo.

For each network: random weights made here, run there; then trained for a step there and loaded here with strict=True.
Outputs must agree to TOLERANCE of the largest. tests/experiment/zoo.txt must hold what torchvision says of names, shapes
and their order: cnnctl's tests compare that with its own.

Usage: zoo_parity.py BINARY WORK_FOLDER NAME...
       zoo_parity.py --table NAME...                write what belongs into tests/experiment/zoo.txt
"""
import json
import pathlib
import subprocess
import sys

import numpy
import torch
import torchvision

TOLERANCE = 1e-4
TABLE = pathlib.Path("tests/experiment/zoo.txt")
COUNTERS = ".num_batches_tracked"  # which nothing is computed with
TRAINED_SIZE = 64                  # other than the usual 224: adaptive pooling has something to do


def randomise(model):
    """Statistics and scales as after a training; at their first values half of the arithmetic would go unseen."""
    torch.manual_seed(1)
    for name, value in model.state_dict().items():
        module = model.get_submodule(name.rpartition(".")[0])
        if isinstance(module, torch.nn.BatchNorm2d) or name.endswith("layer_scale"):
            if name.endswith(("weight", "running_var", "layer_scale")):
                value.uniform_(0.5, 1.5)
            elif not name.endswith(COUNTERS):
                value.normal_(0, 0.1)


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        content = tensor.contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def read_safetensors(path):
    content = path.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begin])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        assert entry["dtype"] == "F32", entry
        values = numpy.frombuffer(content[begin + first:begin + last], "<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def weights_of(model):
    return {name: value for name, value in model.state_dict().items() if not name.endswith(COUNTERS)}


def table_line(name, model):
    """Name, trained numbers, tensors, and FNV-1a (64 bits) of their names and shapes: "conv1.weight 64 3 7 7", a line each."""
    weights = weights_of(model)
    text = "".join(" ".join([key, *map(str, value.shape)]) + "\n" for key, value in weights.items())
    code = 0xcbf29ce484222325
    for byte in text.encode():
        code = (code ^ byte) * 0x100000001b3 % 2**64
    return f"{name} {sum(p.numel() for p in model.parameters())} {len(weights)} {code:016x}"


def make(name):
    return getattr(torchvision.models, name)(weights=None, **({"init_weights": False} if name == "googlenet" else {}))


class Parity:
    def __init__(self, binary, work):
        self.binary, self.work = binary, pathlib.Path(work)

    def cnnctl(self, *arguments):
        subprocess.run([self.binary, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def difference(self, model, size, *network):
        """The largest difference of the outputs of both, relative to the largest output."""
        x = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(2))
        numpy.save(self.work / "x.npy", x.numpy())
        self.cnnctl("infer", *network, self.work / "x.npy", "--output", self.work / "y.npy")
        with torch.no_grad():
            want = model.eval()(x).numpy()
        got = numpy.load(self.work / "y.npy")
        return float(abs(got - want).max() / abs(want).max())

    def check(self, name):
        model = make(name)
        randomise(model)
        theirs = self.work / "theirs.safetensors"
        write_safetensors(theirs, weights_of(model))
        loaded = self.difference(model, 224, f"configs/zoo/{name}.yaml", "--weights", theirs)

        run = self.work / name
        config = self.work / "config.yaml"
        goal = "loss: cross_entropy"
        if name == "googlenet":
            goal = "objective: [{loss: cross_entropy}, {name: a, output: aux1.fc2, loss: cross_entropy}, " \
                   "{name: b, output: aux2.fc2, loss: cross_entropy}]"
        config.write_text(f"name: parity\n"
                          f"data: {{format: synthetic, shape: [3, {TRAINED_SIZE}, {TRAINED_SIZE}], classes: 1000, "
                          f"count: 4, test_count: 2, batch_size: 4}}\n"
                          f"model: {{zoo: {name}}}\n{goal}\n"
                          f"optimizer: {{type: sgd, lr: 1e-4}}\ntrain: {{epochs: 1}}\n")
        self.cnnctl("train", config, "--init-from", theirs, "--run-dir", run)
        ours = read_safetensors(run / "checkpoints" / "last.safetensors")
        assert table_line(name, model) in TABLE.read_text().splitlines(), f"{TABLE} says something else"
        trained = max(float(abs(ours[key] - value).max()) for key, value in weights_of(model).items())
        assert trained > 0, "the step changed nothing"
        model.load_state_dict(ours, strict=True)
        saved = self.difference(model, TRAINED_SIZE, run / "checkpoints" / "last.safetensors")
        return loaded, saved


def main(binary, work, names):
    parity, failed = Parity(binary, work), []
    print(f"{'network':<22}{'loaded':>10}{'saved':>10}")
    for name in names:
        try:
            differences = parity.check(name)
            good = max(differences) <= TOLERANCE
            print(f"{name:<22}" + "".join(f"{d:>10.1e}" for d in differences) + ("" if good else "  FAILED"), flush=True)
        except (AssertionError, RuntimeError, subprocess.CalledProcessError) as error:
            good = False
            told = error.stderr.decode() if isinstance(error, subprocess.CalledProcessError) else str(error)
            print(f"{name:<22}  FAILED: {told.strip()}", flush=True)
        if not good:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1] == "--table":
        print("\n".join(table_line(name, make(name)) for name in sys.argv[2:]))
        sys.exit(0)
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
