#!/usr/bin/env python3
"""Speed of nets in PyTorch and OpenCV DNN, for tests/bench/nets.sh.

nets_torch.py THREADS SECONDS FOLDER NET:BATCH:USE...

FOLDER/NET-deploy.prototxt (and .caffemodel) and FOLDER/NET-train.prototxt are
read and built layer by layer, so that the nets are exactly ours.  Prints lines
of net, batch, use, peer, images/s (best round), ms of CPUs for an image, MiB by
which the process grew, as tests/bench/nets.c does.  Each peer runs in a process of
its own.
"""
import os
import re
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import yolox_torch

try:
    import cv2
except ImportError:
    cv2 = None


def parse(text):
    """A prototxt as {key: [values]}, messages being such dictionaries."""
    text = re.sub(r"#[^\n]*", "", text)
    words = re.findall(r'"[^"]*"|\'[^\']*\'|[{}:]|[^\s{}:]+', text)
    at = 0

    def message():
        nonlocal at
        out = {}
        while at < len(words) and words[at] != "}":
            key = words[at]
            at += 1
            if words[at] == ":":
                at += 1
            if words[at] == "{":
                at += 1
                value = message()
                at += 1
            else:
                value = words[at].strip("\"'")
                at += 1
            out.setdefault(key, []).append(value)
        return out

    return message()


def one(m, key, default):
    value = m.get(key, [default])[0]
    return type(default)(value) if default is not None else value


def pair(m, key, default):
    base = {"kernel_size": "kernel", "stride": "stride", "pad": "pad"}[key]
    if base + "_h" in m:
        return int(m[base + "_h"][0]), int(m[base + "_w"][0])
    value = int(m.get(key, [default])[0])
    return value, value


def bilinear(op):
    """Caffe's filler: the same triangle for each channel, never learned."""
    k = op.weight.shape[-1]
    f = (k + 1) // 2
    c = (2 * f - 1 - f % 2) / (2 * f)
    line = 1 - torch.abs(torch.arange(k) / f - c)
    op.weight.data.copy_((line[:, None] * line[None]).expand_as(op.weight))
    op.weight.requires_grad = False


def conv(p, s, make, **more):
    return make(s[1], one(p, "num_output", 0), pair(p, "kernel_size", 1),
                pair(p, "stride", 1), pair(p, "pad", 0),
                groups=one(p, "group", 1), dilation=one(p, "dilation", 1),
                bias=one(p, "bias_term", "true") == "true", **more)


def pooling(p, s, indices):
    if one(p, "global_pooling", "false") == "true":
        return nn.AdaptiveAvgPool2d(1)
    at = pair(p, "kernel_size", 1), pair(p, "stride", 1), pair(p, "pad", 0)
    if one(p, "pool", "MAX") == "MAX":
        return nn.MaxPool2d(*at, ceil_mode=True, return_indices=indices)
    return nn.AvgPool2d(*at, ceil_mode=True)


def elementwise(layer):
    """What has neither weights nor shapes of its own."""
    kind = layer["type"][0]
    if kind == "Power":
        p = layer.get("power_param", [{}])[0]
        scale, shift = one(p, "scale", 1.0), one(p, "shift", 0.0)
        return lambda x: x * scale + shift
    if kind == "Eltwise":
        p = layer.get("eltwise_param", [{}])[0]
        if one(p, "operation", "SUM") == "PROD":
            return torch.mul
        return torch.add
    if kind == "Crop":
        at = int(layer["crop_param"][0].get("offset", ["0"])[0])
        return lambda x, like: x[:, :, at:at + like.shape[2], at:at + like.shape[3]]
    if kind == "Interp":
        return lambda x, like: F.interpolate(x, like.shape[2:], mode="bilinear",
                                             align_corners=True)
    if kind == "Upsample" and len(layer["bottom"]) > 1:
        return nn.MaxUnpool2d(2)
    if kind == "Upsample":
        return nn.Upsample(scale_factor=2)
    if kind == "ReLU":
        return nn.ReLU(layer["bottom"][0] == layer["top"][0])
    return {
        "Concat": lambda *x: torch.cat(x, 1),
        "Scale": lambda x, *by: x * by[0] if by else x,  # else part of BatchNorm
        "Flatten": lambda x: x,
        "Softmax": nn.Softmax(1),
        "Sigmoid": nn.Sigmoid(),
        "SiLU": nn.SiLU(),
        "HardSwish": nn.Hardswish(),
        "ReLU6": nn.ReLU6(),
        "Focus": lambda x: torch.cat((x[..., ::2, ::2], x[..., 1::2, ::2],
                                      x[..., ::2, 1::2], x[..., 1::2, 1::2]), 1),
    }[kind]


class LayerModule(nn.Module):
    """One Caffe layer; the shapes it needs come from its first input."""

    def __init__(self, layer, shapes):
        super().__init__()
        kind = self.kind = layer["type"][0]
        p = layer.get(
            {
                "Convolution": "convolution_param",
                "Deconvolution": "convolution_param",
                "Pooling": "pooling_param",
                "LRN": "lrn_param",
                "InnerProduct": "inner_product_param",
                "Dropout": "dropout_param",
            }.get(kind, ""),
            [{}],
        )[0]
        s = shapes[0]
        if kind == "Convolution":
            self.op = conv(p, s, nn.Conv2d)
        elif kind == "Deconvolution":
            self.op = conv(p, s, nn.ConvTranspose2d)
            if "bilinear" in str(p.get("weight_filler")):
                bilinear(self.op)
        elif kind == "InnerProduct":
            self.op = nn.Linear(int(np.prod(s[1:])), one(p, "num_output", 10))
        elif kind == "Pooling":
            self.op = pooling(p, s, len(layer["top"]) > 1)
        elif kind == "LRN":
            self.op = nn.LocalResponseNorm(one(p, "local_size", 5),
                                           one(p, "alpha", 1.0),
                                           one(p, "beta", 0.75), one(p, "k", 1.0))
        elif kind == "BatchNorm":
            self.op = nn.BatchNorm2d(s[1])  # with the Scale that follows
        elif kind == "Dropout":
            self.op = nn.Dropout(one(p, "dropout_ratio", 0.5))
        else:
            self.op = elementwise(layer)

    def forward(self, *x):
        if self.kind == "InnerProduct":
            return self.op(torch.flatten(x[0], 1))
        return self.op(*x)


LOSSES = ("SoftmaxWithLoss", "YoloxLoss", "L1Loss", "EuclideanLoss")
SKIPPED = LOSSES + ("Data", "Input", "Accuracy", "AveragePrecision", "Slice",
                    "DetectNetTransformation", "Python", "YoloxOutput")


class Net(nn.Module):
    """Gives what its losses take (a list) in training, else the last blob."""

    def __init__(self, path, shape):
        super().__init__()
        every = parse(open(path).read())["layer"]
        layers = [l for l in every if l["type"][0] not in SKIPPED]
        losses = [l for l in every if l["type"][0] in LOSSES]
        self.how = losses[0]["type"][0] if losses else None
        self.ops = nn.ModuleList()
        self.wires = []
        blobs = {"data": torch.zeros(shape)}
        if any(l["type"][0] == "DetectNetTransformation" for l in every):
            blobs["transformed_data"] = blobs["data"]
        for layer in layers:
            ins = [i for i in layer["bottom"] if i in blobs]
            # DetectNet's losses, and what they are made of, are in loss()
            if not ins or len(ins) < len(layer["bottom"]) and self.how == "L1Loss":
                continue
            m = LayerModule(layer, [tuple(blobs[i].shape) for i in ins])
            self.ops.append(m)
            self.wires.append((tuple(ins), layer["top"]))
            with torch.no_grad():
                self.run(m, blobs, *self.wires[-1])
        self.last = self.wires[-1][1][0]
        if self.how == "SoftmaxWithLoss":
            self.heads = [l["bottom"][0] for l in losses]
        elif self.how == "YoloxLoss":
            self.heads = [i for i in losses[0]["bottom"] if i in blobs]
        else:
            self.heads = ["coverage", "bboxes"]
        self.weights = [float(l.get("loss_weight", [1])[0]) for l in losses]
        self.shapes = [tuple(blobs[b].shape) for b in self.heads if b in blobs]

    @staticmethod
    def run(m, blobs, ins, outs):
        y = m(*[blobs[i] for i in ins])
        blobs.update(zip(outs, y) if isinstance(y, tuple) else [(outs[0], y)])

    def forward(self, x):
        blobs = {"data": x, "transformed_data": x}
        for m, (ins, outs) in zip(self.ops, self.wires):
            self.run(m, blobs, ins, outs)
        if self.training:
            return [blobs[b] for b in self.heads]
        return blobs[self.last]

    def truth(self, shape):
        """What loss() compares with: classes, of pictures or pixels; boxes; maps."""
        n = shape[0]
        if self.how == "YoloxLoss":
            side = shape[2] / 2
            return [(torch.rand(14, 4) * side, torch.randint(0, self.shapes[0][1] - 5, (14,)))
                    for _ in range(n)]
        if self.how == "L1Loss":
            c, b = self.shapes
            return (torch.rand(c) < .1).float(), torch.rand(b), torch.rand(b)
        s = self.shapes[0]
        return torch.randint(0, s[1], (n, *s[2:]) if np.prod(s[2:]) > 1 else (n,))

    def loss(self, out, truth):
        if self.how == "YoloxLoss":
            return yolox_torch.loss(out, truth, (8, 16, 32))
        if self.how == "L1Loss":
            coverage, boxes = out
            there, want, norm = truth
            n = coverage.shape[0]
            return (2 * ((boxes * there * norm - want * norm).abs().sum() / n) +
                    ((coverage - there) ** 2).sum() / (2 * n))
        return sum(w * F.cross_entropy(x if truth.dim() > 1 else torch.flatten(x, 1),
                                       truth) for x, w in zip(out, self.weights))


def speed(step, batch, seconds):
    """Images/s of the best round, least seconds of CPUs for an image."""
    for _ in range(3):
        step()
    best, least, n, rounds, start = 0.0, float("inf"), 1, 0, time.time()
    while rounds < 3 or time.time() - start < seconds:
        t, cpu = time.time(), time.process_time()
        for _ in range(n):
            step()
        t, cpu = time.time() - t, time.process_time() - cpu
        best, least = max(best, n * batch / t), min(least, cpu / n / batch)
        if t < 0.1:
            n *= 2
        rounds += 1
    return best, least


def train(path, shape, seconds, form):
    net = Net(path, shape).to(memory_format=form).train()
    x = torch.rand(shape).to(memory_format=form)
    truth = net.truth(shape)
    learned = [w for w in net.parameters() if w.requires_grad]
    solver = torch.optim.SGD(learned, 1e-5, 0.9, weight_decay=5e-4)

    def step():
        solver.zero_grad()
        net.loss(net(x), truth).backward()
        solver.step()

    return speed(step, shape[0], seconds)


def infer(path, shape, seconds, form, optimize):
    net = Net(path, shape).to(memory_format=form).eval()
    x = torch.rand(shape).to(memory_format=form)
    with torch.inference_mode():
        if optimize:
            net = torch.jit.optimize_for_inference(torch.jit.trace(net, x))
        return speed(lambda: net(x), shape[0], seconds)


def opencv(stem, shape, seconds):
    net = cv2.dnn.readNetFromCaffe(stem + ".prototxt", stem + ".caffemodel")
    x = np.random.rand(*shape).astype(np.float32)

    def step():
        net.setInput(x)
        net.forward()

    return speed(step, shape[0], seconds)


def input_shape(path, batch):
    for layer in parse(open(path).read())["layer"]:
        if layer["type"][0] == "Input":
            dims = layer["input_param"][0]["shape"][0]["dim"]
            return (batch, *[int(d) for d in dims[1:]])
    raise ValueError(path)


def most_memory():
    """MiB that the process has held at most since the last call."""
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            kib = int(line.split()[1])
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")
    return kib / 1024


def alone(threads, case, peer, run):
    """In a process of its own, which is to start its own threads; prints a line."""
    if os.fork() > 0:
        os.wait()
        return
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    if cv2 is not None:
        cv2.setNumThreads(threads)
    most_memory()
    before = most_memory()
    try:
        rate, cpu = run()
        print(*case, peer, f"{rate:.3g}", f"{cpu * 1e3:.4g}",
              f"{most_memory() - before:.0f}", sep="\t", flush=True)
    except Exception as e:  # a peer that cannot is not a failure of ours
        print(f"# {case} {peer}: {str(e).splitlines()[0]}", flush=True)
    os._exit(0)


def main():
    threads, seconds, folder = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    nchw, nhwc = torch.contiguous_format, torch.channels_last
    for case in sys.argv[4:]:
        name, batch, use = case.split(":")
        deploy = f"{folder}/{name}-deploy"
        shape = input_shape(deploy + ".prototxt", int(batch))
        if use == "train":
            path = f"{folder}/{name}-train.prototxt"
            runs = [("torch-nchw", lambda: train(path, shape, seconds, nchw)),
                    ("torch-nhwc", lambda: train(path, shape, seconds, nhwc))]
        else:
            path = deploy + ".prototxt"
            runs = [("torch-nchw", lambda: infer(path, shape, seconds, nchw, False)),
                    ("torch-nhwc", lambda: infer(path, shape, seconds, nhwc, False)),
                    ("torch-opt", lambda: infer(path, shape, seconds, nchw, True))]
            if cv2 is not None:
                runs.append(("opencv", lambda: opencv(deploy, shape, seconds)))
        for peer, run in runs:
            alone(threads, (name, batch, use), peer, run)


if __name__ == "__main__":
    main()
