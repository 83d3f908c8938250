#!/usr/bin/env python3
"""Times nets of a few layers, shapes that configs/bench/ does not have, in cnnctl and in PyTorch, one after the other.

Prints a Markdown table of medians in milliseconds and of ratios, and ends with exit code 11 if a ratio is below --least.

Usage: shapes.py [--threads N] [--seconds S] [--least RATIO] [NET...]
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import torch
from torch import nn

from pytorch_nets import measure

RELU, POOL, NORM = ("relu", {}), ("max_pool2d", {"kernel_size": 2}), ("batch_norm2d", {})
POOLED = [("global_avg_pool", {}), ("flatten", {}), ("linear", {"out_features": 10})]


def conv(k, size, stride=1, padding=None, dilation=1, groups=1):
    pads = [dilation * (s // 2) for s in (size if isinstance(size, list) else [size, size])]
    return ("conv2d", {"out_channels": k, "kernel_size": size, "stride": stride, "dilation": dilation,
                       "groups": groups, "padding": pads if padding is None else padding})


def chain(*convs):
    """Convolutions with ReLU behind each, and a pooled classifier."""
    return [layer for one in convs for layer in (one, RELU)] + POOLED


def normed(*convs):
    return [layer for one in convs for layer in (one, NORM, RELU)] + POOLED


def perceptron(*widths):
    hidden = [layer for width in widths for layer in (("linear", {"out_features": width}), RELU)]
    return [("flatten", {}), *hidden, POOLED[-1]]


# input, batch size, layers
NETS = {
    "5x5, 32 channels": ((3, 32, 32), 64, chain(conv(32, 5), conv(32, 5), conv(64, 5))),
    "5x5, 128 channels": ((64, 16, 16), 32, chain(conv(128, 5), conv(128, 5))),
    "5x5, odd channels": ((3, 48, 48), 32, chain(conv(19, 5), conv(37, 5, 2), conv(53, 5))),
    "7x7": ((32, 14, 14), 32, chain(conv(32, 7), conv(32, 7), conv(32, 7))),
    "9x9": ((16, 14, 14), 64, chain(conv(16, 9), conv(16, 9))),
    "11x11, stride 4": ((3, 64, 64), 16, chain(conv(64, 11, 4, 2), conv(64, 5))),
    "1x7 and 7x1": ((32, 17, 17), 32, chain(conv(64, [1, 7]), conv(64, [7, 1]))),
    "2x2 and 4x4": ((16, 32, 32), 32, chain(conv(32, 2, 1, 0), conv(64, 4, 2, 1), conv(64, 2, 2, 0))),
    "3x3, stride 2": ((3, 48, 48), 32, normed(conv(32, 3, 2), conv(64, 3, 2), conv(128, 3, 2), conv(256, 3, 2))),
    "3x3, odd channels": ((3, 48, 48), 32, normed(conv(17, 3), conv(33, 3, 2), conv(51, 3))),
    "3x3, 1024 channels": ((512, 7, 7), 16, chain(conv(1024, 3))),
    "3x3 on 2x2": ((256, 2, 2), 64, chain(conv(256, 3), conv(512, 3))),
    "3x3, 224x224": ((3, 224, 224), 2, normed(conv(16, 3), conv(32, 3, 2), conv(64, 3, 2))),
    "3x3, one image": ((3, 32, 32), 1, chain(conv(32, 3), conv(32, 3), conv(64, 3, 2))),
    "dilated": ((16, 48, 48), 8, chain(conv(32, 3, dilation=2), conv(32, 3, dilation=4))),
    "4 filters": ((4, 32, 32), 64, chain(conv(64, 3), conv(4, 3), conv(64, 3))),
    "1 filter": ((1, 48, 48), 32, chain(conv(32, 3), conv(1, 3))),
    "groups of 4": ((32, 16, 16), 64, chain(conv(32, 3, groups=8), conv(32, 3, groups=8))),
    "groups of 16": ((64, 14, 14), 64, chain(conv(64, 3, groups=4), conv(64, 3, groups=4))),
    "depthwise 5x5": ((32, 32, 32), 32, normed(conv(32, 5, groups=32), conv(64, 1), conv(64, 5, 2, groups=64))),
    "depthwise 7x7": ((32, 28, 28), 32, normed(conv(32, 7, groups=32), conv(128, 1), conv(32, 1))),
    "1x1, 1024 channels": ((512, 14, 14), 16, chain(conv(1024, 1), conv(512, 1))),
    "1x1, stride 2": ((64, 56, 56), 8, chain(conv(128, 1, 2), conv(256, 1, 2))),
    "linear 1024": ((1, 28, 28), 128, perceptron(1024, 1024, 512)),
    "linear 4096": ((3, 32, 32), 64, perceptron(4096, 4096)),
}

MODULES = {"conv2d": nn.LazyConv2d, "batch_norm2d": nn.LazyBatchNorm2d, "relu": nn.ReLU, "max_pool2d": nn.MaxPool2d,
           "global_avg_pool": lambda: nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten, "linear": nn.LazyLinear}


def pytorch(name, seconds):
    shape, batch, layers = NETS[name]

    def modules():
        net = nn.Sequential(*(MODULES[kind](**fields) for kind, fields in layers))
        net(torch.zeros(2, *shape))  # lazy layers learn their channels
        return net

    results = [measure(modules, shape, 10, batch, layout, seconds)
               for layout in (torch.channels_last, torch.contiguous_format)]
    return [min(times) for times in zip(*(result[:2] for result in results))]


def cnnctl(name, threads, seconds, folder):
    shape, batch, layers = NETS[name]
    config = {
        "name": "shapes",
        "data": {"format": "synthetic", "shape": shape, "classes": 10, "count": 10 * batch, "test_count": 10,
                 "batch_size": batch},
        "model": {"input": shape, "layers": [{kind: fields} if fields else kind for kind, fields in layers]},
        "loss": "cross_entropy",
        "optimizer": {"type": "sgd", "lr": 0.01, "momentum": 0.9},
        "train": {"epochs": 1},
    }
    path = pathlib.Path(folder, "net.yaml")
    path.write_text(json.dumps(config))  # YAML, too
    command = ["build/cnnctl", "bench", str(path), "--threads", str(threads), "--seconds", str(seconds)]
    done = subprocess.run([*command, "--format", "json"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    result = json.loads(done.stdout)
    return [result[key]["median_ms"] for key in ("train", "forward")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("net", nargs="*", metavar="NET", help=f"of: {'; '.join(NETS)}; default: all")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=0.5, help="for each measurement")
    parser.add_argument("--least", type=float, default=0, metavar="RATIO", help="exit with 11 below it")
    options = parser.parse_args()
    unknown = [name for name in options.net if name not in NETS]
    if unknown:
        parser.error(f"no net '{unknown[0]}'; there are: {'; '.join(NETS)}")
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore", message="Lazy modules")
    print("| net | train: cnnctl | PyTorch | ratio | inference: cnnctl | PyTorch | ratio |")
    print("|---|---|---|---|---|---|---|", flush=True)
    least = float("inf")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.net or NETS:
            pairs = list(zip(cnnctl(name, options.threads, options.seconds, folder), pytorch(name, options.seconds)))
            least = min(least, *(b / a for a, b in pairs))
            print("|", name, "|", " | ".join(f"{a:.2f} ms | {b:.2f} ms | {b / a:.1f}x" for a, b in pairs), "|",
                  flush=True)
    if least < options.least:
        print(f"bench-shapes: a ratio is {least:.2f}, below {options.least}", file=sys.stderr)
        sys.exit(11)


if __name__ == "__main__":
    main()
