#!/usr/bin/env python3
"""Speed and memory of our nets in PyTorch on a GPU, for scripts/gpu-bench.

gpu_torch.py SECONDS FOLDER KINDS NET:BATCH:USE...

KINDS is eager, compiled or both with a comma.

The nets are those that `nets -w FOLDER NET...` (tests/bench/nets.c) wrote, built
layer by layer (nets_torch.py), so that both sides compute the same: GoogLeNet
with its two auxiliary heads and no batch normalisation, AlexNet in two groups
with LRN.  Input on the device, AMP bf16, channels_last, cuDNN's benchmark mode;
training is forward, backward and a fused momentum update.  The compiled ones:
torch.compile as it comes for training large batches, mode reduce-overhead (CUDA
graphs) where launches count (LeNet, inference); GPU_TORCH_MODE names another.

Prints lines of net, batch, use, "eager" or "compiled", images/s (best round),
MiB at the most, as they are known; "#" lines say why one is not.  Without a GPU:
on the CPU, with GPU_TORCH_CPU set, for the test of the scripts.
"""
import os
import sys

import torch

from nets_torch import Net, input_shape, speed

GPU = "cuda" if "GPU_TORCH_CPU" not in os.environ else "cpu"


def wait():
    if GPU == "cuda":
        torch.cuda.synchronize()


def solver_of(net):
    args = {"lr": 1e-5, "momentum": 0.9, "weight_decay": 5e-4}
    try:
        return torch.optim.SGD(net.parameters(), fused=GPU == "cuda", **args)
    except TypeError:  # before PyTorch 2.3
        return torch.optim.SGD(net.parameters(), **args)


def amp():
    return torch.autocast(GPU, torch.bfloat16)


def compiled(net, batch, use):
    mode = os.environ.get("GPU_TORCH_MODE")
    if mode is None and (use == "infer" or batch < 256):
        mode = "reduce-overhead"
    return torch.compile(net, mode=mode)


def trainer(net, run, x, classes):
    label = torch.randint(0, classes, (x.shape[0],), device=GPU)
    solver = solver_of(net)

    def step():
        solver.zero_grad(set_to_none=True)
        with amp():
            loss = net.loss(run(x), label)
        loss.backward()
        solver.step()

    return step


def inferrer(run, x):
    def step():
        with torch.inference_mode(), amp():
            run(x)

    return step


def rounds(step, batch, seconds):
    """Asked for ten at a time, so that waiting is a small part."""
    def ten():
        for _ in range(10):
            step()
        wait()

    if GPU == "cpu":
        return speed(step, batch, seconds)
    return speed(ten, 10 * batch, seconds)


def measure(folder, name, batch, use, seconds, compile_it):
    stem = f"{folder}/{name}-{'train' if use == 'train' else 'deploy'}"
    shape = input_shape(f"{folder}/{name}-deploy.prototxt", batch)
    net = Net(stem + ".prototxt", (2, *shape[1:]))
    net = net.to(GPU, memory_format=torch.channels_last)
    net.train(use == "train")
    x = torch.rand(shape, device=GPU).to(memory_format=torch.channels_last)
    run = compiled(net, batch, use) if compile_it else net
    step = trainer(net, run, x, 10) if use == "train" else inferrer(run, x)
    if GPU == "cuda":
        torch.cuda.reset_peak_memory_stats()
    rate = rounds(step, batch, seconds)
    peak = torch.cuda.max_memory_allocated() if GPU == "cuda" else 0
    return rate, peak / 2**20


def main():
    seconds, folder = float(sys.argv[1]), sys.argv[2]
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    for case in sys.argv[4:]:
        name, batch, use = case.split(":")
        for kind in sys.argv[3].split(","):
            try:
                rate, mib = measure(folder, name, int(batch), use, seconds,
                                    kind == "compiled")
                print(name, batch, use, kind, f"{rate:.1f}", f"{mib:.0f}",
                      sep="\t", flush=True)
            except Exception as e:  # a peer that cannot is not our failure
                print(f"# {case} {kind}: {str(e).splitlines()[0]}", flush=True)
            if hasattr(torch, "compile"):
                torch._dynamo.reset()
            if GPU == "cuda":
                torch.cuda.empty_cache()


main()
