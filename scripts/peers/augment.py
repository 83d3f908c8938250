#!/usr/bin/env python3
"""Augments the same batch with cnnctl and with torchvision, in turn, on the same processors; called by bench-augment.sh.

torchvision's v1 transforms work on PIL images and on tensors of bytes, in a DataLoader whose workers stay, each with one
thread; cnnctl uses as many threads. A batch of all begins with decoded pictures and ends as a normalised tensor. Shared
machines are noisy: the ratio is that of the least times.

Usage: augment.py PROGRAM THREADS ROUNDS JSON
"""
import json
import subprocess
import sys
import time

import numpy
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

SIZE, BATCH = 224, 64
MEAN, STD = [0.5] * 3, [0.2] * 3
COLOURS = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}
YAML = f"[{{random_resized_crop: {SIZE}}}, horizontal_flip, {{color_jitter: {json.dumps(COLOURS)}}}]"
CASES = {
    "crop and flip": (YAML.split(", {color_jitter")[0] + "]", False),
    "crop, flip and colours": (YAML, True),
}


class Pictures(Dataset):
    """Decoded pictures in memory, as PIL images or as tensors."""

    def __init__(self, pil, colours):
        levels = numpy.random.default_rng(1).integers(0, 256, (BATCH, SIZE, SIZE, 3), dtype=numpy.uint8)
        self.pictures = [Image.fromarray(x) if pil else torch.from_numpy(x).permute(2, 0, 1).contiguous() for x in levels]
        steps = [transforms.RandomResizedCrop(SIZE, antialias=True), transforms.RandomHorizontalFlip()]
        if colours:
            steps.append(transforms.ColorJitter(**COLOURS))
        steps.append(transforms.ToTensor() if pil else transforms.ConvertImageDtype(torch.float32))
        steps.append(transforms.Normalize(MEAN, STD))
        self.transform = transforms.Compose(steps)

    def __len__(self):
        return BATCH

    def __getitem__(self, index):
        return self.transform(self.pictures[index])


class Peer:
    """As many batches at once as there are workers, so that each has one."""

    def __init__(self, pil, colours, workers):
        self.loader = DataLoader(Pictures(pil, colours), batch_size=BATCH // workers, num_workers=workers,
                                 persistent_workers=True)

    def milliseconds(self):
        begin = time.perf_counter()
        for _ in self.loader:
            pass
        return 1000 * (time.perf_counter() - begin)


class Ours:
    def __init__(self, program, yaml, threads):
        words = [program, "bench", str(BATCH), str(threads), str(SIZE), str(SIZE), yaml]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def milliseconds(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.kill()  # the peers' workers hold its stdin, too, so that closing it here would not end it
        self.process.wait()


def main():
    program, threads, rounds, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    torch.set_num_threads(1)  # workers are forks, in which OpenMP's threads of this process would be missing
    figures = {}
    print("| batch of 64 pictures, 224x224 | cnnctl | torchvision, PIL | ratio | torchvision, tensors | ratio |")
    print("|---|---|---|---|---|---|")
    for name, (yaml, colours) in CASES.items():
        runs = {"cnnctl": Ours(program, yaml, threads), "pil": Peer(True, colours, threads),
                "tensors": Peer(False, colours, threads)}
        times = {who: [] for who in runs}
        for run in range(rounds + 1):
            for who, one in runs.items():
                taken = one.milliseconds()
                if run > 0:  # the first starts workers
                    times[who].append(taken)
        runs["cnnctl"].close()
        least = {who: min(all_times) for who, all_times in times.items()}
        print(f"| {name} | {least['cnnctl']:.1f} ms | {least['pil']:.1f} ms | {least['pil'] / least['cnnctl']:.1f}x "
              f"| {least['tensors']:.1f} ms | {least['tensors'] / least['cnnctl']:.1f}x |", flush=True)
        figures[name] = times
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"schema": "cnnctl.bench-augment/1", "threads": threads, "milliseconds": figures}, file)


if __name__ == "__main__":
    main()
