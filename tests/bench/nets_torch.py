#!/usr/bin/env python3
"""Speed of nets in PyTorch and OpenCV DNN, for tests/bench/nets.sh.

nets_torch.py THREADS SECONDS FOLDER NET:BATCH:USE...

FOLDER/NET-deploy.prototxt (and .caffemodel) and FOLDER/NET-train.prototxt are
read and built layer by layer, so that the nets are exactly ours.  Prints lines
of net, batch, use, peer, images/s (best round), as tests/bench/nets.c does.
"""
import re
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

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


class LayerModule(nn.Module):
    """One Caffe layer; the shapes it needs come from its first input."""

    def __init__(self, layer, shapes):
        super().__init__()
        self.kind = layer["type"][0]
        self.n = len(shapes)
        p = layer.get(
            {
                "Convolution": "convolution_param",
                "Pooling": "pooling_param",
                "LRN": "lrn_param",
                "InnerProduct": "inner_product_param",
                "Dropout": "dropout_param",
                "BatchNorm": "batch_norm_param",
                "Eltwise": "eltwise_param",
            }.get(self.kind, ""),
            [{}],
        )[0]
        s = shapes[0]
        if self.kind == "Convolution":
            self.op = nn.Conv2d(s[1], one(p, "num_output", 0),
                                pair(p, "kernel_size", 1), pair(p, "stride", 1),
                                pair(p, "pad", 0), groups=one(p, "group", 1),
                                bias=one(p, "bias_term", "true") == "true")
        elif self.kind == "InnerProduct":
            self.op = nn.Linear(int(np.prod(s[1:])), one(p, "num_output", 10))
        elif self.kind == "Pooling":
            self.whole = one(p, "global_pooling", "false") == "true"
            make = nn.MaxPool2d if one(p, "pool", "MAX") == "MAX" else nn.AvgPool2d
            k = s[2:] if self.whole else pair(p, "kernel_size", 1)
            self.op = make(tuple(k), pair(p, "stride", 1), pair(p, "pad", 0),
                           ceil_mode=True)
        elif self.kind == "LRN":
            self.op = nn.LocalResponseNorm(one(p, "local_size", 5),
                                           one(p, "alpha", 1.0),
                                           one(p, "beta", 0.75), one(p, "k", 1.0))
        elif self.kind == "BatchNorm":
            self.op = nn.BatchNorm2d(s[1])  # with the Scale that follows
        elif self.kind == "ReLU":
            self.op = nn.ReLU(layer["bottom"][0] == layer["top"][0])
        elif self.kind == "Dropout":
            self.op = nn.Dropout(one(p, "dropout_ratio", 0.5))
        elif self.kind == "Softmax":
            self.op = nn.Softmax(1)

    def forward(self, *x):
        if self.kind == "InnerProduct":
            return self.op(torch.flatten(x[0], 1))
        if self.kind == "Concat":
            return torch.cat(x, 1)
        if self.kind == "Eltwise":
            return x[0] + x[1]
        if self.kind in ("Scale", "Power", "Flatten"):
            return x[0]
        return self.op(x[0])


SKIPPED = ("Data", "Input", "SoftmaxWithLoss", "Accuracy")


class Net(nn.Module):
    """Gives what its losses take (a list) in training, else the last blob."""

    def __init__(self, path, shape):
        super().__init__()
        every = parse(open(path).read())["layer"]
        layers = [l for l in every if l["type"][0] not in SKIPPED]
        self.heads = [(l["bottom"][0], float(l.get("loss_weight", [1])[0]))
                      for l in every if l["type"][0] == "SoftmaxWithLoss"]
        self.ops = nn.ModuleList()
        self.wires = []
        blobs = {"data": torch.zeros(shape)}
        for layer in layers:
            ins = [i for i in layer["bottom"] if i in blobs]
            m = LayerModule(layer, [tuple(blobs[i].shape) for i in ins])
            self.ops.append(m)
            self.wires.append((tuple(ins), layer["top"][0]))
            with torch.no_grad():
                blobs[layer["top"][0]] = m(*[blobs[i] for i in ins])
        self.last = self.wires[-1][1]

    def forward(self, x):
        blobs = {"data": x}
        for m, (ins, out) in zip(self.ops, self.wires):
            blobs[out] = m(*[blobs[i] for i in ins])
        if self.training:
            return [blobs[b] for b, _ in self.heads]
        return blobs[self.last]

    def loss(self, logits, label):
        return sum(w * F.cross_entropy(torch.flatten(x, 1), label)
                   for x, (_, w) in zip(logits, self.heads))


def speed(step, batch, seconds):
    step()
    step()
    best, n, rounds, start = 0.0, 1, 0, time.time()
    while rounds < 3 or time.time() - start < seconds:
        t = time.time()
        for _ in range(n):
            step()
        t = time.time() - t
        best = max(best, n * batch / t)
        if t < 0.1:
            n *= 2
        rounds += 1
    return best


def train(path, shape, seconds, form):
    net = Net(path, shape).to(memory_format=form).train()
    x = torch.rand(shape).to(memory_format=form)
    label = torch.randint(0, 10, (shape[0],))
    solver = torch.optim.SGD(net.parameters(), 1e-5, 0.9, weight_decay=5e-4)

    def step():
        solver.zero_grad()
        net.loss(net(x), label).backward()
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


def main():
    threads, seconds, folder = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    if cv2 is not None:
        cv2.setNumThreads(threads)
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
            try:
                print(name, batch, use, peer, f"{run():.1f}", sep="\t", flush=True)
            except Exception as e:  # a peer that cannot is not a failure of ours
                print(f"# {case} {peer}: {str(e).splitlines()[0]}", flush=True)


if __name__ == "__main__":
    main()
