"""Layers and what PyTorch calls them: for each kind a function that draws a setting, and one that computes it.

A setting is (fields, shapes of a sample's inputs). `run(torch, F, fields, x, p)` gets tensors in PyTorch's order, with
the batch in front, and the parameters by name.
"""

import math


def per_axis(r, axes, low, high):
    """One number, or one for each axis."""
    return r.randint(low, high) if r.random() < 0.5 else [r.randint(low, high) for _ in range(axes)]


def each(value, axes):
    return value if isinstance(value, list) else [value] * axes


def image(r, axes=2, low=1, high=9, channels=None):
    return [channels or r.randint(1, 20)] + [r.randint(low, high) for _ in range(axes)]


def any_shape(r):
    return image(r, r.randint(0, 3), 1, 5)


def adaptive(kind, axes):
    def draw(r):
        most = 9 if axes < 3 else 5
        return {"output_size": per_axis(r, axes, 1, most)}, [image(r, axes, 1, most)]

    def run(torch, F, f, x, p):
        return getattr(F, f"adaptive_{kind}_pool{axes}d")(x[0], each(f["output_size"], axes))

    return draw, run


def conv(axes):
    def draw(r):
        groups = r.choice([1, 1, 1, 2, 3])
        channels, filters = groups * r.randint(1, 8), groups * r.randint(1, 8)
        if r.random() < 0.2:
            groups = filters = channels
        kernel = [r.randint(1, 4 if axes < 3 else 3) for _ in range(axes)]
        dilation = [r.choice([1, 1, 2]) for _ in range(axes)]
        padding = [r.randint(0, 2) for _ in range(axes)]
        sizes = [max(1, d * (k - 1) + 1 - 2 * p) + r.randint(0, 8 if axes < 3 else 4)
                 for k, d, p in zip(kernel, dilation, padding)]
        fields = {"out_channels": filters, "kernel_size": kernel, "stride": [r.randint(1, 3) for _ in range(axes)],
                  "padding": padding, "dilation": dilation, "groups": groups, "bias": r.random() < 0.7}
        return fields, [[channels] + sizes]

    def run(torch, F, f, x, p):
        function = [F.conv1d, F.conv2d, F.conv3d][axes - 1]
        return function(x[0], p["weight"], p.get("bias"), f["stride"], f["padding"], f["dilation"], f["groups"])

    return draw, run


def conv_transpose(axes):
    def draw(r):
        groups = r.choice([1, 1, 2])
        channels, filters = groups * r.randint(1, 6), groups * r.randint(1, 6)
        kernel = [r.randint(1, 4 if axes < 3 else 3) for _ in range(axes)]
        stride = [r.randint(1, 3) for _ in range(axes)]
        dilation = [r.choice([1, 1, 2]) for _ in range(axes)]
        padding = [r.randint(0, d * (k - 1) // 2) for k, d in zip(kernel, dilation)]
        fields = {"out_channels": filters, "kernel_size": kernel, "stride": stride, "padding": padding,
                  "output_padding": [r.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation)],
                  "dilation": dilation, "groups": groups, "bias": r.random() < 0.7}
        return fields, [image(r, axes, 2, 6 if axes < 3 else 4, channels)]

    def run(torch, F, f, x, p):
        function = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][axes - 1]
        return function(x[0], p["weight"], p.get("bias"), f["stride"], f["padding"], f["output_padding"], f["groups"],
                        f["dilation"])

    return draw, run


def pool(axes, kind):
    def draw(r):
        kernel = [r.randint(1, 3) for _ in range(axes)]
        # Of PyTorch's padding no window may be more than half.
        fields = {"kernel_size": kernel, "stride": [r.randint(1, 3) for _ in range(axes)],
                  "padding": [r.randint(0, k // 2) for k in kernel], "ceil_mode": r.random() < 0.5}
        if kind == "avg":
            fields["count_include_pad"] = r.random() < 0.5
        return fields, [image(r, axes, 3, 8 if axes < 3 else 5)]

    def run(torch, F, f, x, p):
        function = getattr(F, f"{kind}_pool{axes}d")
        if kind == "avg":
            return function(x[0], f["kernel_size"], f["stride"], f["padding"], f["ceil_mode"], f["count_include_pad"])
        return function(x[0], f["kernel_size"], f["stride"], f["padding"], 1, f["ceil_mode"])

    return draw, run


def simple(function, fields=lambda r: {}, shape=any_shape):
    return (lambda r: (fields(r), [shape(r)])), (lambda torch, F, f, x, p: function(torch, F, f, x[0]))


def batch_norm(axes):
    def draw(r):
        fields = {"eps": 10 ** r.uniform(-6, -1), "affine": r.random() < 0.7}
        shape = image(r, axes if axes > 1 else r.randint(0, 1), 2, 5)
        return fields, [shape]

    def run(torch, F, f, x, p):
        return F.batch_norm(x[0], None, None, p.get("weight"), p.get("bias"), True, 0.1, f["eps"])

    return draw, run


def draw_group_norm(r):
    groups = r.randint(1, 4)
    return ({"num_groups": groups, "eps": 10 ** r.uniform(-6, -1), "affine": r.random() < 0.7},
            [image(r, r.randint(1, 3), 2, 5, groups * r.randint(1, 5))])


def draw_linear(r):
    return {"out_features": r.randint(1, 40), "bias": r.random() < 0.7}, [[r.randint(1, 60)]]


def draw_reshape(r):
    shape = any_shape(r)
    factors = [n for s in shape for n in ([s] if s < 4 or s % 2 else [2, s // 2])]
    r.shuffle(factors)
    while len(factors) > 4:
        factors.append(factors.pop() * factors.pop())
    if r.random() < 0.5:
        factors[r.randrange(len(factors))] = -1
    return {"shape": factors}, [shape]


def draw_permute(r):
    shape = image(r, r.randint(1, 3), 1, 6)
    order = list(range(len(shape)))
    r.shuffle(order)
    return {"order": order}, [shape]


def draw_pad(r):
    shape = image(r, r.randint(1, 3), 2, 6)
    mode = r.choice(["constant", "reflect", "replicate"])
    ends = [r.randint(0, min(s - 1, 3)) for s in shape[1:] * 2]
    fields = {"padding": ends, "mode": mode}
    if mode == "constant":
        fields["value"] = r.uniform(-1, 1)
    return fields, [shape]


def run_pad(torch, F, f, x, p):
    axes = x[0].dim() - 2
    ends = [n for i in reversed(range(axes)) for n in (f["padding"][i], f["padding"][i + axes])]
    return F.pad(x[0], ends, f["mode"], f.get("value", 0.0))


def draw_upsample(r):
    axes = r.randint(1, 3)
    mode = r.choice(["nearest", ["linear", "bilinear", "trilinear"][axes - 1]] + (["bicubic"] if axes == 2 else []))
    fields = {"mode": mode}
    if r.random() < 0.5:
        fields["scale_factor"] = r.choice([2, 3, 1.5, 0.5])
    else:
        fields["size"] = [r.randint(1, 9) for _ in range(axes)]
    if mode != "nearest":
        fields["align_corners"] = r.random() < 0.5
    return fields, [image(r, axes, 2, 6)]


def run_upsample(torch, F, f, x, p):
    return F.interpolate(x[0], f.get("size"), f.get("scale_factor"), f["mode"], f.get("align_corners"))


def draw_prelu(r):
    shape = any_shape(r)
    return {"num_parameters": r.choice([1, shape[0]])}, [shape]


def same_shapes(r):
    shape = any_shape(r)
    return {}, [shape] * 2


def draw_mul(r):
    shape = any_shape(r)
    return {}, [shape, r.choice([shape, shape[:1], shape[:1] + [1] * (len(shape) - 1)])]


def run_mul(torch, F, f, x, p):
    other = x[1].reshape(list(x[1].shape) + [1] * (x[0].dim() - x[1].dim()))
    return x[0] * other


def draw_concat(r):
    shape = any_shape(r)
    return {}, [[r.randint(1, 9)] + shape[1:] for _ in range(r.randint(2, 3))]


def draw_slice(r):
    shape = any_shape(r)
    start = r.randrange(shape[0])
    return {"start": start, "end": r.randint(start + 1, shape[0])}, [shape]


def draw_chunk(r):
    shape = any_shape(r)
    chunks = r.randint(1, shape[0])
    made = math.ceil(shape[0] / math.ceil(shape[0] / chunks))
    return {"chunks": chunks, "index": r.randrange(made)}, [shape]


def draw_shuffle(r):
    groups = r.randint(1, 4)
    return {"groups": groups}, [image(r, 2, 1, 6, groups * r.randint(1, 6))]


def run_shuffle(torch, F, f, x, p):
    """As PyTorch defines channel_shuffle, whose own has no derivative in 1.13."""
    return x[0].unflatten(1, (f["groups"], -1)).transpose(1, 2).flatten(1, 2)


def recurrent(kind):
    def draw(r):
        fields = {"hidden_size": r.randint(1, 20), "num_layers": r.randint(1, 3), "bias": r.random() < 0.7,
                  "bidirectional": r.random() < 0.5, "output": r.choice(["all", "last"])}
        if kind == "rnn":
            fields["nonlinearity"] = r.choice(["tanh", "relu"])
        return fields, [[r.randint(1, 12), r.randint(1, 9)]]

    def run(torch, F, f, x, p):
        layers, directions = f["num_layers"], 2 if f["bidirectional"] else 1
        function = getattr(torch, f"rnn_{f['nonlinearity']}" if kind == "rnn" else kind)
        zeros = torch.zeros(layers * directions, x[0].shape[0], f["hidden_size"])
        y, *states = function(x[0].transpose(1, 2), [zeros, zeros] if kind == "lstm" else zeros, list(p.values()),
                              f["bias"], layers, 0.0, False, f["bidirectional"], True)
        if f["output"] == "all":
            return y.transpose(1, 2)
        return torch.cat(list(states[0][-directions:]), 1)

    return draw, run


def draw_pixel_shuffle(r):
    factor = r.randint(1, 3)
    return {"upscale_factor": factor}, [image(r, 2, 1, 5, factor * factor * r.randint(1, 4))]


LAYERS = {
    "conv1d": conv(1), "conv2d": conv(2), "conv3d": conv(3),
    "conv_transpose1d": conv_transpose(1), "conv_transpose2d": conv_transpose(2),
    "conv_transpose3d": conv_transpose(3),
    **{f"{kind}_pool{axes}d": pool(axes, kind) for kind in ("max", "avg") for axes in (1, 2, 3)},
    "global_avg_pool": simple(lambda torch, F, f, x: x.flatten(2).mean(2), shape=lambda r: image(r, r.randint(1, 3))),
    "global_max_pool": simple(lambda torch, F, f, x: x.flatten(2).amax(2), shape=lambda r: image(r, r.randint(1, 3))),
    "linear": (draw_linear, lambda torch, F, f, x, p: F.linear(x[0], p["weight"], p.get("bias"))),
    "flatten": simple(lambda torch, F, f, x: x.flatten(1)),
    "reshape": (draw_reshape, lambda torch, F, f, x, p: x[0].reshape([x[0].shape[0]] + f["shape"])),
    "permute": (draw_permute, lambda torch, F, f, x, p: x[0].permute([0] + [i + 1 for i in f["order"]])),
    "pixel_shuffle": (draw_pixel_shuffle, lambda torch, F, f, x, p: F.pixel_shuffle(x[0], f["upscale_factor"])),
    "pad": (draw_pad, run_pad),
    "upsample": (draw_upsample, run_upsample),
    "relu": simple(lambda torch, F, f, x: F.relu(x)),
    "relu6": simple(lambda torch, F, f, x: F.relu6(x)),
    "leaky_relu": simple(lambda torch, F, f, x: F.leaky_relu(x, f["negative_slope"]),
                         lambda r: {"negative_slope": r.uniform(0, 0.5)}),
    "prelu": (draw_prelu, lambda torch, F, f, x, p: F.prelu(x[0], p["weight"])),
    "elu": simple(lambda torch, F, f, x: F.elu(x, f["alpha"]), lambda r: {"alpha": r.uniform(0.1, 2)}),
    "selu": simple(lambda torch, F, f, x: F.selu(x)),
    "celu": simple(lambda torch, F, f, x: F.celu(x, f["alpha"]), lambda r: {"alpha": r.uniform(0.1, 2)}),
    "gelu": simple(lambda torch, F, f, x: F.gelu(x, approximate=f["approximate"]),
                   lambda r: {"approximate": r.choice(["none", "tanh"])}),
    "silu": simple(lambda torch, F, f, x: F.silu(x)),
    "mish": simple(lambda torch, F, f, x: F.mish(x)),
    "hard_swish": simple(lambda torch, F, f, x: F.hardswish(x)),
    "hard_sigmoid": simple(lambda torch, F, f, x: F.hardsigmoid(x)),
    "hard_tanh": simple(lambda torch, F, f, x: F.hardtanh(x, f["min_val"], f["max_val"]),
                        lambda r: {"min_val": r.uniform(-1, 0), "max_val": r.uniform(0.1, 1)}),
    "softplus": simple(lambda torch, F, f, x: F.softplus(x, f["beta"], f["threshold"]),
                       lambda r: {"beta": r.uniform(0.5, 4), "threshold": r.uniform(1, 20)}),
    "softsign": simple(lambda torch, F, f, x: F.softsign(x)),
    "sigmoid": simple(lambda torch, F, f, x: torch.sigmoid(x)),
    "tanh": simple(lambda torch, F, f, x: torch.tanh(x)),
    "softmax": simple(lambda torch, F, f, x: F.softmax(x, 1)),
    "log_softmax": simple(lambda torch, F, f, x: F.log_softmax(x, 1)),
    "batch_norm1d": batch_norm(1), "batch_norm2d": batch_norm(2), "batch_norm3d": batch_norm(3),
    "group_norm": (draw_group_norm, lambda torch, F, f, x, p: F.group_norm(x[0], f["num_groups"], p.get("weight"),
                                                                           p.get("bias"), f["eps"])),
    "instance_norm": (lambda r: ({"eps": 10 ** r.uniform(-6, -1), "affine": r.random() < 0.7},
                                 [image(r, r.randint(1, 3), 2, 5)]),
                      lambda torch, F, f, x, p: F.instance_norm(x[0], None, None, p.get("weight"), p.get("bias"),
                                                                True, 0.1, f["eps"])),
    "layer_norm": (lambda r: ({"eps": 10 ** r.uniform(-6, -1)}, [image(r, r.randint(0, 3), 1, 5, r.randint(2, 20))]),
                   lambda torch, F, f, x, p: F.layer_norm(x[0].movedim(1, -1), [x[0].shape[1]], p.get("weight"),
                                                          p.get("bias"), f["eps"]).movedim(-1, 1)),
    "local_response_norm": (lambda r: ({"size": r.randint(1, 7), "alpha": r.uniform(0, 2), "beta": r.uniform(0.1, 2),
                                        "k": r.uniform(0.5, 2)}, [image(r, r.randint(1, 3), 1, 5)]),
                            lambda torch, F, f, x, p: F.local_response_norm(x[0], f["size"], f["alpha"], f["beta"],
                                                                            f["k"])),
    **{f"adaptive_{kind}_pool{axes}d": adaptive(kind, axes) for kind in ("avg", "max") for axes in (1, 2, 3)},
    "channel_scale": (lambda r: ({}, [any_shape(r)]),
                      lambda torch, F, f, x, p: x[0] * p[""].reshape([-1] + [1] * (x[0].dim() - 2))),
    "rnn": recurrent("rnn"), "lstm": recurrent("lstm"), "gru": recurrent("gru"),
    "add": (same_shapes, lambda torch, F, f, x, p: x[0] + x[1]),
    "mul": (draw_mul, run_mul),
    "scale": simple(lambda torch, F, f, x: x * f["factor"] + f["shift"],
                    lambda r: {"factor": r.uniform(-2, 2), "shift": r.uniform(-1, 1)}),
    "concat": (draw_concat, lambda torch, F, f, x, p: torch.cat(x, 1)),
    "slice": (draw_slice, lambda torch, F, f, x, p: x[0][:, f["start"]:f["end"]]),
    "chunk": (draw_chunk, lambda torch, F, f, x, p: x[0].chunk(f["chunks"], 1)[f["index"]]),
    "channel_shuffle": (draw_shuffle, run_shuffle),
}

# What is random while training, or has no equal: its own tests say what it must be.
UNCOMPARED = {"dropout", "dropout2d", "stochastic_depth", "gaussian_noise"}
