#!/usr/bin/env python3
"""torchvision's side of scripts/parity-transforms.sh: each operation at a stated strength, on numbers in 0..1.

Prints one line an operation: the largest difference in levels of 255, and how many values differ by more than 0.01.
Ends with 1 if a difference is larger than allowed.

Usage: transforms.py PROGRAM
"""
import io
import math
import subprocess
import sys

import numpy
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode, functional as F
from torchvision.transforms import autoaugment

H, W = 37, 50
BILINEAR, NEAREST = InterpolationMode.BILINEAR, InterpolationMode.NEAREST
program = sys.argv[1]
rng = numpy.random.default_rng(5)
smooth = numpy.add.outer(numpy.arange(H) * 3.1, numpy.arange(W) * 2.3)[:, :, None] + numpy.array([0, 20, 40])
levels = numpy.clip(smooth * 0.8 + rng.normal(0, 25, (H, W, 3)), 0, 255).round().astype(numpy.uint8)
failed = False


def ours(command, *arguments):
    """The picture that cnnctl makes, and where its pixels come from."""
    words = [program, command, str(H), str(W), *map(str, arguments)]
    result = subprocess.run(words, input=levels.astype(numpy.float32).tobytes(), stdout=subprocess.PIPE, check=True)
    header, _, body = result.stdout.partition(b"\n")
    height, width = map(int, header.split())
    return numpy.frombuffer(body, numpy.float32).reshape(2, height, width, 3)


def apply(kind, yaml, stream=0):
    return ours("apply", stream, kind, yaml)


def tensor():
    return torch.from_numpy(levels).permute(2, 0, 1).float() / 255


def bytes_tensor():
    return torch.from_numpy(levels).permute(2, 0, 1).contiguous()


def picture(result):
    if isinstance(result, Image.Image):
        return numpy.array(result, dtype=numpy.float64)
    scale = 1 if result.dtype == torch.uint8 else 255
    return result.permute(1, 2, 0).double().numpy() * scale


def compare(name, mine, theirs, most=0.01, share=0.0):
    """At most `share` of the values may differ by more than `most`: those that stand between two choices."""
    global failed
    difference = numpy.abs(mine.astype(numpy.float64) - picture(theirs))
    far = float((difference > most).mean())
    good = mine.shape == difference.shape and far <= share
    failed = failed or not good
    print(f"{'ok  ' if good else 'FAIL'} {name:44} largest {difference.max():9.5f}, beyond {most:g}: {far:.2%}")


def affine(name, *, angle=0.0, shift=(0, 0), scale=1.0, shear=(0.0, 0.0)):
    mine = ours("affine", angle, *shift, scale, *shear)[0]
    compare(name, mine, F.affine(tensor(), angle, list(shift), scale, list(shear), BILINEAR))


def geometry():
    compare("horizontal_flip", apply("horizontal_flip", "1")[0], F.hflip(tensor()))
    compare("vertical_flip", apply("vertical_flip", "1")[0], F.vflip(tensor()))
    for mode in "constant", "edge", "reflect", "symmetric":
        compare(f"pad {mode}", apply("pad", f"{{padding: 9, padding_mode: {mode}}}")[0],
                F.pad(tensor(), [9], 0, mode))
    for size in [20, 21], [50, 10], [64, 71]:
        compare(f"center_crop {size}", apply("center_crop", f"{{size: {size}}}")[0], F.center_crop(tensor(), size))
    affine("affine angle", angle=31.0)
    affine("affine translate", shift=(5, -3))
    affine("affine scale", scale=0.7)
    affine("affine shear", shear=(20.0, 0.0))
    affine("affine shear_y", shear=(0.0, -15.0))
    affine("affine all", angle=-50.0, shift=(4, 7), scale=1.3, shear=(10.0, 12.0))
    for mode in BILINEAR, NEAREST:
        # With nearest a pixel may stand between two by a hair.
        compare(f"random_rotation {mode.value}",
                apply("random_rotation", f"{{degrees: [33, 33], interpolation: {mode.value}}}")[0],
                F.rotate(tensor(), 33, mode), share=0.0 if mode == BILINEAR else 0.002)
    compare("random_affine scale", apply("random_affine", "{scale: [1.4, 1.4]}")[0],
            F.affine(tensor(), 0, [0, 0], 1.4, [0.0, 0.0], BILINEAR))
    for size in [12, 17], [80, 99]:
        mine = apply("random_resized_crop", f"{{size: {size}, scale: [1, 1], ratio: [{W / H}, {W / H}]}}")[0]
        compare(f"random_resized_crop {size}", mine, F.resize(tensor(), size, BILINEAR, antialias=True))
        compare(f"... against PIL, which rounds {size}", mine, F.resize(Image.fromarray(levels), size, BILINEAR), 1.01)
    perspective()
    elastic()


def perspective():
    """The corners follow from where the pixels come from; torchvision then moves the picture to them."""
    for stream in range(3):
        mine, places = apply("random_perspective", "{distortion_scale: 0.6, p: 1}", stream)
        inside = places[:, :, 2] > 0.999
        y, x = numpy.nonzero(inside)
        x, y = x + 0.5, y + 0.5
        u, v = places[inside][:, 0] + 0.5, places[inside][:, 1] + 0.5
        zero, one = numpy.zeros_like(x), numpy.ones_like(x)
        rows = numpy.concatenate([numpy.stack([x, y, one, zero, zero, zero, -u * x, -u * y], 1),
                                  numpy.stack([zero, zero, zero, x, y, one, -v * x, -v * y], 1)])
        h = numpy.append(numpy.linalg.lstsq(rows, numpy.concatenate([u, v]), rcond=None)[0], 1).reshape(3, 3)
        start = [[0, 0], [W - 1, 0], [W - 1, H - 1], [0, H - 1]]
        end = []
        for corner in start:
            at = numpy.linalg.solve(h, [*corner, 1.0])
            end.append([round(at[0] / at[2]), round(at[1] / at[2])])
        compare(f"random_perspective to {end}", mine, F.perspective(tensor(), start, end, BILINEAR), 0.1)


def elastic():
    mine, places = apply("elastic_transform", "{alpha: 60, sigma: 3}", 1)
    inside = places[:, :, 2] > 0.999
    grid = numpy.stack([places[:, :, 0] - numpy.arange(W), places[:, :, 1] - numpy.arange(H)[:, None]], -1)
    shifts = torch.from_numpy(grid * 2 / numpy.array([W, H])).float()[None]
    theirs = F.elastic_transform(tensor(), shifts, BILINEAR)
    compare("elastic_transform, pixels from inside", numpy.where(inside[:, :, None], mine, picture(theirs)), theirs)


def colours():
    for factor in 0.4, 1.7:
        for name in "brightness", "contrast", "saturation":
            theirs = getattr(F, f"adjust_{name}")(tensor(), factor)
            compare(f"color_jitter {name} {factor}", apply("color_jitter", f"{{{name}: [{factor}, {factor}]}}")[0], theirs)
        compare(f"random_adjust_sharpness {factor}",
                apply("random_adjust_sharpness", f"{{sharpness_factor: {factor}, p: 1}}")[0],
                F.adjust_sharpness(tensor(), factor))
        compare(f"random_gamma {factor}", apply("random_gamma", f"{{gamma: [{factor}, {factor}]}}")[0],
                F.adjust_gamma(tensor(), factor))
    for turn in -0.5, -0.13, 0.3:
        compare(f"color_jitter hue {turn}", apply("color_jitter", f"{{hue: [{turn}, {turn}]}}")[0],
                F.adjust_hue(tensor(), turn))
    compare("random_grayscale", apply("random_grayscale", "1")[0], F.rgb_to_grayscale(tensor(), 3))
    compare("random_invert", apply("random_invert", "1")[0], F.invert(tensor()))
    for bits in 0, 1, 4, 8:
        compare(f"random_posterize {bits}", apply("random_posterize", f"{{bits: {bits}, p: 1}}")[0],
                F.posterize(bytes_tensor(), bits))
    compare("random_solarize 128", apply("random_solarize", "{threshold: 128, p: 1}")[0], F.solarize(bytes_tensor(), 128))
    compare("random_equalize", apply("random_equalize", "1")[0], F.equalize(bytes_tensor()))
    compare("random_autocontrast", apply("random_autocontrast", "1")[0], F.autocontrast(tensor()))
    for size, sigma in ([3, 3], 0.5), ([5, 9], 2.0):
        compare(f"gaussian_blur {size} {sigma}",
                apply("gaussian_blur", f"{{kernel_size: {size}, sigma: {sigma}}}")[0],
                F.gaussian_blur(tensor(), size[::-1], [sigma, sigma]))
    for quality in 10, 75, 95:
        file = io.BytesIO()
        Image.fromarray(levels).save(file, "JPEG", quality=quality)
        compare(f"jpeg {quality}", apply("jpeg", f"{{quality: {quality}}}")[0], Image.open(file))


def operations():
    """The operations of the automatic augmentations; colours as torchvision rounds them, to levels below."""
    names = ["Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness", "Color", "Contrast",
             "Sharpness", "Posterize", "Solarize", "AutoContrast", "Equalize", "Invert"]
    strengths = {"Posterize": [2, 5], "Solarize": [170.0], "TranslateX": [7.9, -3.2], "TranslateY": [5.5, -11.0],
                 "Rotate": [25.0, -100.0], "ShearX": [0.29, -0.9], "ShearY": [0.21, -0.5]}
    for number, name in enumerate(names):
        colour = number >= 6
        for strength in strengths.get(name, [0.6, -0.6]):
            theirs = autoaugment._apply_op(bytes_tensor(), name, strength, NEAREST, None)
            compare(f"operation {name} {strength:g}", ours("operation", number, strength)[0], theirs,
                    2.01 if colour else 0.01, 0.0 if colour else 0.004)


geometry()
colours()
operations()
sys.exit(1 if failed else 0)
