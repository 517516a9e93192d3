"""PyTorch on the same nets as scripts/gpu-bench, and the device's ceilings.

Training is forward, backward and a momentum update; AMP bf16, channels_last,
synthetic input on the device.  Prints net, batch, use, images/s eager and
compiled; then GB/s of a copy (read and written) and TFLOP/s of a bf16 product.
torchvision's nets stand in for Caffe's of the same name: its AlexNet has one
column and no normalisation, its GoogLeNet has batch normalisation.
"""
import time

import torch
import torchvision


def lenet():
    n = torch.nn
    return n.Sequential(n.Conv2d(1, 20, 5), n.MaxPool2d(2),
                        n.Conv2d(20, 50, 5), n.MaxPool2d(2), n.Flatten(),
                        n.Linear(800, 500), n.ReLU(), n.Linear(500, 10))


def googlenet():
    return torchvision.models.googlenet(aux_logits=False, init_weights=False)


NETS = [("resnet50", torchvision.models.resnet50, 256, "train", (3, 224, 224)),
        ("googlenet", googlenet, 256, "train", (3, 224, 224)),
        ("alexnet", torchvision.models.alexnet, 256, "train", (3, 224, 224)),
        ("vgg16", torchvision.models.vgg16, 256, "train", (3, 224, 224)),
        ("lenet", lenet, 64, "train", (1, 28, 28)),
        ("resnet50", torchvision.models.resnet50, 1, "infer", (3, 224, 224)),
        ("resnet50", torchvision.models.resnet50, 64, "infer", (3, 224, 224))]


def seconds(f, least=3.0):
    """Median time of f over rounds of at least `least` seconds in all."""
    for _ in range(5):
        f()
    torch.cuda.synchronize()
    times, start = [], time.time()
    while time.time() - start < least or len(times) < 5:
        t = time.perf_counter()
        for _ in range(10):
            f()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - t) / 10)
    return sorted(times)[len(times) // 2]


def measure(make, batch, use, shape, compiled):
    net = make().cuda().to(memory_format=torch.channels_last)
    x = torch.randn(batch, *shape, device="cuda")
    x = x.to(memory_format=torch.channels_last)
    label = torch.randint(0, 10, (batch,), device="cuda")
    opt = torch.optim.SGD(net.parameters(), 1e-5, momentum=0.9,
                          weight_decay=5e-4)
    net.train(use == "train")
    run = torch.compile(net, mode="max-autotune") if compiled else net

    def train():
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16):
            loss = torch.nn.functional.cross_entropy(run(x), label)
        loss.backward()
        opt.step()

    def infer():
        with torch.inference_mode(), torch.autocast("cuda", torch.bfloat16):
            run(x)

    return batch / seconds(train if use == "train" else infer)


def main():
    for name, make, batch, use, shape in NETS:
        rate = [measure(make, batch, use, shape, c) for c in (False, True)]
        print(f"{name}\t{batch}\t{use}\t{rate[0]:.1f}\t{rate[1]:.1f}",
              flush=True)
    a = torch.randn(1 << 30, device="cuda")
    b = torch.empty_like(a)
    t = seconds(lambda: b.copy_(a))
    print(f"copy\t{2 * a.numel() * 4 / t / 1e9:.0f} GB/s")
    m = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
    t = seconds(lambda: m @ m)
    print(f"bf16 product\t{2 * 8192 ** 3 / t / 1e12:.0f} TFLOP/s")


main()
