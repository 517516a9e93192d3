#!/usr/bin/env python3
# Makes the files of this folder: what PyTorch's gradients of nets are, that ONNX
# files hold.  Needs torch, onnx, onnx2torch, numpy, and ../shared/golden/onnx.
#
#	make.py FAMILY...
#
# The net runs as in training (statistics of the batch) on the case's input; the loss
# is the mean of the softmax cross entropies with the classes 0, 1, ... for the items.
# A line has the loss; then each has a weight: how many numbers, the first and the last
# of them, of the gradient the sum, the norm, and the elements at 0, 1/3, 2/3 and at the
# end.  Weights that onnx2torch makes constants are not in it.
import sys

import numpy as np
import onnx
import onnx2torch
import torch

CASES = "../shared/golden/onnx/families"


def work(name):
    torch.set_default_dtype(torch.float32)
    path = '%s/%s/' % (CASES, name)
    net = onnx2torch.convert(onnx.load(path + 'model.onnx')).double()
    net.train()
    x = torch.from_numpy(np.load(path + 'input_0_input.npy')).double()
    y = net(x)
    loss = torch.nn.functional.cross_entropy(y, torch.arange(len(y)))
    seen = {}
    for key, p in list(net.named_parameters()):
        seen[key] = p
    loss.backward()
    lines = ['loss %.9g' % loss.item()]
    for key, p in seen.items():
        if p.grad is None:
            continue
        w, g = p.detach().flatten(), p.grad.flatten()
        n = len(w)
        at = [0, n // 3, 2 * n // 3, n - 1]
        lines.append(' '.join(
            ['%d' % n, '%.9g' % w[0], '%.9g' % w[-1], '%.9g' % g.sum(),
             '%.9g' % g.norm()] + ['%.9g' % g[i] for i in at]))
    with open('tests/golden/onnx-train/' + name, 'w') as f:
        f.write('\n'.join(lines) + '\n')
    print(name, len(lines) - 1, loss.item())


for name in sys.argv[1:]:
    work(name)
