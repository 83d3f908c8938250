#!/usr/bin/env python3
"""PyTorch's side of scripts/bench-epoch.sh: configs/tutorial/two_conv.yaml as its tutorial writes it in PyTorch.

Reads MNIST's gzipped files from a folder, trains through a DataLoader, saves the weights to WEIGHTS, and prints one JSON
object: {"epochs": 1, "images": 60000, "loss": 0.4, "top1": 0.85}

Usage: pytorch_epoch.py FOLDER WEIGHTS [--epochs N] [--threads N] [--workers N]
"""
import argparse
import gzip
import json

import numpy
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from pytorch_nets import two_conv

BATCH = 128
MEAN, STD = 0.2860, 0.3530  # of Fashion-MNIST


def read_idx(path, header):
    with gzip.open(path) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=header)


class Pictures(Dataset):
    """As torchvision.datasets.MNIST with ToTensor and Normalize: bytes in memory, each picture converted on access.

    The detour through a PIL image is left out; with it PyTorch takes longer.
    """

    def __init__(self, folder):
        images = read_idx(f"{folder}/train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
        self.images = torch.from_numpy(images.copy())
        self.labels = torch.from_numpy(read_idx(f"{folder}/train-labels-idx1-ubyte.gz", 8).astype(numpy.int64))

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        picture = torch.from_numpy(numpy.array(self.images[index].numpy(), copy=True))
        x = picture.view(28, 28, 1).permute(2, 0, 1).contiguous().to(torch.float32).div(255)
        mean, std = torch.as_tensor([MEAN]), torch.as_tensor([STD])
        return x.sub_(mean.view(-1, 1, 1)).div_(std.view(-1, 1, 1)), int(self.labels[index])


def train_epoch(net, loader, optimizer):
    """Mean loss and accuracy over the epoch."""
    loss_sum, correct, seen = 0.0, 0, 0
    for x, y in loader:
        optimizer.zero_grad()
        output = net(x)
        loss = nn.functional.cross_entropy(output, y)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(y)
        correct += (output.argmax(1) == y).sum().item()
        seen += len(y)
    return loss_sum / seen, correct / seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("weights")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--workers", type=int, default=2, help="processes of the DataLoader")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    data = Pictures(options.folder)
    loader = DataLoader(data, batch_size=BATCH, shuffle=True, num_workers=options.workers)
    net = nn.Sequential(*two_conv())
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(options.epochs):
        loss, top1 = train_epoch(net, loader, optimizer)
    torch.save(net.state_dict(), options.weights)
    print(json.dumps({"epochs": options.epochs, "images": len(data), "loss": loss, "top1": top1}))


if __name__ == "__main__":
    main()
