#!/usr/bin/env python3
"""Times nets of a few layers, shapes that configs/bench/ does not have, in cnnctl and in PyTorch, one after the other.

Prints a Markdown table of medians in milliseconds and of ratios, and ends with exit code 11 if a ratio is below --least.

Usage: shapes.py [--threads N] [--seconds S] [--least RATIO] [NET...]
"""
import argparse
import functools
import json
import math
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


def along(axes):
    """What `conv`, `pool` and so on make for sequences or volumes."""
    def conv(k, size, stride=1, **fields):
        return (f"conv{axes}d", {"out_channels": k, "kernel_size": size, "stride": stride, **fields})

    def pool(kind, size, stride=None, **fields):
        return (f"{kind}_pool{axes}d", {"kernel_size": size, "stride": stride or size, **fields})

    def transposed(k, size, stride=1, **fields):
        return (f"conv_transpose{axes}d", {"out_channels": k, "kernel_size": size, "stride": stride, **fields})

    return conv, pool, transposed


def classified(*layers):
    return [*layers, ("flatten", {}), POOLED[-1]]


def between(layer, *convs):
    """Convolutions with a layer and ReLU behind each."""
    return classified(*(one for conv in convs for one in (conv, layer, RELU)))


def recurrent(kind, **fields):
    return [(kind, {"hidden_size": 128, "output": "last", **fields}), POOLED[-1]]


def upsampled(mode, **fields):
    return ("upsample", {"scale_factor": 2, "mode": mode, **fields})


conv1, pool1, transposed1 = along(1)
conv3, pool3, transposed3 = along(3)
pool2, transposed2 = along(2)[1:]
NORM1, NORM3 = ("batch_norm1d", {}), ("batch_norm3d", {})

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
    "1-D, 64 channels": ((16, 128), 64, between(NORM1, conv1(64, 3, padding=1), conv1(64, 3, padding=1))),
    "1-D, 256 channels": ((128, 64), 32, between(NORM1, conv1(256, 3, padding=1), conv1(256, 3, padding=1))),
    "1-D, sound": ((1, 8000), 16, between(pool1("max", 4), conv1(32, 80, 4), conv1(64, 3), conv1(64, 3))),
    "1-D, dilated": ((32, 256), 32, between(RELU, *(conv1(32, 2, dilation=d) for d in (1, 2, 4, 8, 16)))),
    "1-D, depthwise": ((64, 128), 64, between(NORM1, conv1(64, 7, padding=3, groups=64), conv1(128, 1))),
    "1-D, stride 2": ((8, 512), 32, between(NORM1, conv1(32, 5, 2), conv1(64, 5, 2), conv1(128, 5, 2))),
    "1-D, transposed": ((32, 64), 64, classified(transposed1(32, 4, 2, padding=1), RELU, conv1(16, 3))),
    "1-D, pools": ((32, 512), 64, classified(pool1("max", 3, 2, padding=1), pool1("avg", 3, 2, padding=1))),
    "3-D, 3x3x3": ((3, 16, 32, 32), 8, between(pool3("max", 2), conv3(16, 3, padding=1), conv3(32, 3, padding=1))),
    "3-D, 64 channels": ((32, 8, 16, 16), 8, between(NORM3, conv3(64, 3, padding=1), conv3(64, 3, padding=1))),
    "3-D, 1x3x3 and 3x1x1": ((16, 8, 28, 28), 8, between(NORM3, conv3(32, [1, 3, 3], padding=[0, 1, 1]),
                                                         conv3(32, [3, 1, 1], padding=[1, 0, 0]))),
    "3-D, stride 2": ((3, 16, 48, 48), 8, between(NORM3, conv3(16, 3, 2), conv3(32, 3, 2))),
    "3-D, 5x5x5": ((1, 16, 32, 32), 8, between(pool3("max", 2), conv3(8, 5, padding=2), conv3(16, 5, padding=2))),
    "3-D, 1x1x1": ((32, 8, 14, 14), 16, between(RELU, conv3(64, 1), conv3(32, 1))),
    "3-D, transposed": ((16, 8, 14, 14), 8, classified(transposed3(16, 2, 2), RELU)),
    "3-D, pools": ((16, 16, 28, 28), 8, classified(pool3("max", 3, 2, padding=1), pool3("avg", 3, 2, padding=1))),
    "transposed, 4x4": ((64, 8, 8), 32, classified(transposed2(64, 4, 2, padding=1), RELU,
                                                   transposed2(32, 4, 2, padding=1))),
    "transposed, 2x2": ((64, 16, 16), 32, classified(transposed2(32, 2, 2), RELU, transposed2(16, 2, 2))),
    "pools that overlap": ((32, 64, 64), 16, classified(pool2("max", 3, 2, padding=1), pool2("avg", 3, 2, padding=1))),
    "pools of stride 1": ((32, 28, 28), 16, classified(pool2("max", 3, 1, padding=1), pool2("avg", 3, 1, padding=1))),
    "group norm": ((16, 32, 32), 32, between(("group_norm", {"num_groups": 8}), conv(32, 3), conv(64, 3, 2))),
    "layer norm": ((16, 32, 32), 32, between(("layer_norm", {}), conv(32, 3), conv(64, 3, 2))),
    "instance norm": ((16, 32, 32), 32, between(("instance_norm", {"affine": True}), conv(32, 3), conv(64, 3, 2))),
    "local response norm": ((16, 32, 32), 32, between(("local_response_norm", {"size": 5}), conv(32, 3), conv(64, 3, 2))),
    "upsampled": ((16, 16, 16), 32, classified(upsampled("nearest"), conv(16, 3), upsampled("bilinear"), conv(8, 3))),
    "reflected": ((16, 32, 32), 32, classified(("pad", {"padding": 1, "mode": "reflect"}), conv(32, 3, padding=0))),
    "rnn": ((28, 28), 128, recurrent("rnn")),
    "lstm": ((28, 28), 128, recurrent("lstm")),
    "gru": ((28, 28), 128, recurrent("gru")),
    "lstm, both ways, two layers": ((28, 28), 128, recurrent("lstm", bidirectional=True, num_layers=2)),
    "gru, both ways, two layers": ((28, 28), 128, recurrent("gru", bidirectional=True, num_layers=2)),
}

class Last(nn.Module):
    """A recurrent module over (batch, features, steps): the state after the last step of each direction."""

    def __init__(self, kind, features, hidden_size, output, **fields):
        super().__init__()
        self.net = getattr(nn, kind.upper())(features, hidden_size, batch_first=True, **fields)
        self.hidden = hidden_size

    def forward(self, x):
        y = self.net(x.transpose(1, 2))[0]
        if not self.net.bidirectional:
            return y[:, -1]
        return torch.cat([y[:, -1, :self.hidden], y[:, 0, self.hidden:]], 1)


class LayerNorm(nn.Module):
    """Of the channels of each position, as in torchvision's ConvNeXt."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


# What is built of the channels that reach it, besides its fields.
MODULES = {"relu": lambda c: nn.ReLU(), "global_avg_pool": lambda c: nn.AdaptiveAvgPool2d(1),
           "flatten": lambda c: nn.Flatten(), "linear": lambda c, **f: nn.LazyLinear(**f),
           "group_norm": lambda c, num_groups: nn.GroupNorm(num_groups, c), "layer_norm": LayerNorm,
           "instance_norm": lambda c, affine: nn.InstanceNorm2d(c, affine=affine),
           "local_response_norm": lambda c, size: nn.LocalResponseNorm(size),
           "upsample": lambda c, **f: nn.Upsample(**f), "pad": lambda c, padding, mode: nn.ReflectionPad2d(padding),
           **{kind: functools.partial(Last, kind) for kind in ("rnn", "lstm", "gru")}}
for axes in (1, 2, 3):
    for kind, module in (("conv", "LazyConv"), ("conv_transpose", "LazyConvTranspose"), ("batch_norm", "LazyBatchNorm"),
                         ("max_pool", "MaxPool"), ("avg_pool", "AvgPool")):
        MODULES[f"{kind}{axes}d"] = lambda c, module=getattr(nn, f"{module}{axes}d"), **fields: module(**fields)


def pytorch(name, seconds):
    shape, batch, layers = NETS[name]

    def modules():
        net, x = nn.Sequential(), torch.zeros(2, *shape)
        for kind, fields in layers:
            net.append(MODULES[kind](x.shape[1], **fields))
            x = net[-1](x)  # lazy modules learn their channels
        return net

    layouts = {3: (torch.channels_last, torch.contiguous_format),
               4: (torch.channels_last_3d, torch.contiguous_format)}.get(len(shape), (torch.contiguous_format,))
    results = [measure(modules, shape, 10, batch, layout, seconds) for layout in layouts]
    return [min(times) for times in zip(*(result[:2] for result in results))]


def cnnctl(name, threads, seconds, folder):
    shape, batch, layers = NETS[name]
    picture = shape
    if len(shape) != 3:  # a sequence or a volume comes as a picture of the same values
        picture = (shape[0], math.prod(shape[1:-1]), shape[-1])
        layers = [("reshape", {"shape": shape}), *layers]
    config = {
        "name": "shapes",
        "data": {"format": "synthetic", "shape": picture, "classes": 10, "count": 10 * batch, "test_count": 10,
                 "batch_size": batch},
        "model": {"input": picture, "layers": [{kind: fields} if fields else kind for kind, fields in layers]},
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
