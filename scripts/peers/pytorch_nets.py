#!/usr/bin/env python3
"""PyTorch's side of scripts/bench-peers.sh: times one net of configs/bench/, or of torchvision, on the CPU.

Prints one JSON object with the medians of a whole training step (forward, loss, backward, SGD with momentum) and of
inference on the same batch, data in memory, for the faster of PyTorch's two memory layouts; and the largest resident size
of the process, for the layout that takes less (channels last, for these nets), beside that before a net was made:
  {"net": "lenet", "batch_size": 64, "threads": 2, "train": {"median_ms": 2.0}, "forward": {"median_ms": 0.5},
   "idle_memory_bytes": 240000000, "peak_memory_bytes": 260000000}

A network of torchvision is one for 1,000 classes of 224x224 pictures; googlenet's auxiliary heads count 0.3 each, as in its
paper.

Usage: pytorch_nets.py NET [--batch-size N] [--threads N] [--seconds S]
"""
import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn


def conv_bn(c, k, size=3, stride=1, groups=1):
    return [nn.Conv2d(c, k, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(k)]


def conv_bn_relu(*args, **options):
    return [*conv_bn(*args, **options), nn.ReLU()]


class Residual(nn.Module):
    """Two 3x3 convolutions and a shortcut, projected where channels or size change."""

    def __init__(self, c, k, stride):
        super().__init__()
        self.main = nn.Sequential(*conv_bn_relu(c, k, stride=stride), *conv_bn(k, k))
        self.shortcut = nn.Sequential(*([] if c == k and stride == 1 else conv_bn(c, k, 1, stride)))

    def forward(self, x):
        return torch.relu(self.main(x) + self.shortcut(x))


def residual_stages(widths, depth):
    blocks, c = [], widths[0]
    for stage, k in enumerate(widths):
        for i in range(depth):
            blocks.append(Residual(c, k, 2 if stage > 0 and i == 0 else 1))
            c = k
    return blocks


def separable(c, k, stride):
    return [*conv_bn_relu(c, c, stride=stride, groups=c), *conv_bn_relu(c, k, 1)]


def pooled_classifier(features, classes):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, classes)]


def lenet():
    return [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]


def two_conv():
    layers = []
    for c, k in ((1, 8), (8, 16)):
        layers += [nn.Conv2d(c, k, 3, padding=1), nn.BatchNorm2d(k), nn.ReLU(), nn.MaxPool2d(2)]
    return [*layers, nn.Flatten(), nn.Linear(784, 120), nn.Linear(120, 84), nn.Linear(84, 10)]


def vgg_small():
    layers, c = [], 3
    for k in (64, 128, 256):
        layers += [*conv_bn_relu(c, k), *conv_bn_relu(k, k), nn.MaxPool2d(2)]
        c = k
    return [*layers, nn.Flatten(), nn.Linear(4096, 10)]


def resnet20():
    return [*conv_bn_relu(3, 16), *residual_stages((16, 32, 64), 3), *pooled_classifier(64, 10)]


def resnet18():
    stem = [*conv_bn_relu(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
    return [*stem, *residual_stages((64, 128, 256, 512), 2), *pooled_classifier(512, 1000)]


def depthwise():
    body = [separable(*shape) for shape in ((32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1))]
    return [*conv_bn_relu(3, 32), *sum(body, []), *pooled_classifier(256, 10)]


# layers, input, classes, batch size
NETS = {
    "lenet": (lenet, (1, 28, 28), 10, 64),
    "two_conv": (two_conv, (1, 28, 28), 10, 128),
    "vgg_small": (vgg_small, (3, 32, 32), 10, 64),
    "resnet20": (resnet20, (3, 32, 32), 10, 128),
    "resnet18": (resnet18, (3, 224, 224), 1000, 8),
    "depthwise": (depthwise, (3, 32, 32), 10, 64),
}


def zoo(name):
    import torchvision

    options = {"init_weights": False, "aux_logits": True} if name == "googlenet" else {}
    return getattr(torchvision.models, name)(weights=None, **options)


def loss_of(outputs, y):
    if isinstance(outputs, torch.Tensor):
        return nn.functional.cross_entropy(outputs, y)
    main, *heads = outputs
    return sum((0.3 * nn.functional.cross_entropy(head, y) for head in heads), nn.functional.cross_entropy(main, y))


def median_ms(work, seconds):
    for _ in range(3):
        work()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return 1e3 * statistics.median(times)


def peak_memory():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(make, shape, classes, batch, layout, seconds):
    """Medians of training and inference in milliseconds, and the largest resident size in bytes."""
    torch.manual_seed(0)
    net = make().to(memory_format=layout)
    x = torch.randn(batch, *shape).to(memory_format=layout)
    y = torch.randint(0, classes, (batch,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)

    def step():
        optimizer.zero_grad()
        loss_of(net(x), y).backward()
        optimizer.step()

    train = median_ms(step, seconds)
    net.eval()
    with torch.no_grad():
        return train, median_ms(lambda: net(x), seconds), peak_memory()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("net", metavar="NET", help=f"of: {', '.join(NETS)}; or a network of torchvision")
    parser.add_argument("--batch-size", type=int, help="default: the net's own, 8 for torchvision's")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seconds", type=float, default=3, help="for each of the four measurements")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.randn(8, 8) @ torch.randn(8, 8)  # loads what every program with PyTorch loads
    idle = peak_memory()
    if options.net in NETS:
        layers, *shape_and_classes, batch = NETS[options.net]
        make = lambda: nn.Sequential(*layers())
    else:
        make, shape_and_classes, batch = lambda: zoo(options.net), ((3, 224, 224), 1000), 8
    batch = options.batch_size or batch
    layouts = (torch.channels_last, torch.contiguous_format)  # a peak never falls: the smaller one goes first
    train, forward, peak = zip(*(measure(make, *shape_and_classes, batch, layout, options.seconds) for layout in layouts))
    print(json.dumps({"net": options.net, "batch_size": batch, "threads": options.threads,
                      "train": {"median_ms": min(train)}, "forward": {"median_ms": min(forward)},
                      "idle_memory_bytes": idle, "peak_memory_bytes": peak[0]}))


if __name__ == "__main__":
    main()
