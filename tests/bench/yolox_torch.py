"""YOLOX's losses in PyTorch (arXiv 2107.08430), for nets_torch.py: SimOTA, then IoU,
objectness and classes.  All of a picture at once, as is usual there.
"""
import torch
import torch.nn.functional as F


def iou(a, b):
    """Of boxes (x, y, w, h) about their middles; shapes are broadcast."""
    low = torch.maximum(a[..., :2] - a[..., 2:] / 2, b[..., :2] - b[..., 2:] / 2)
    high = torch.minimum(a[..., :2] + a[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2)
    both = (high - low).clamp(min=0).prod(-1)
    return both / (a[..., 2:].prod(-1) + b[..., 2:].prod(-1) - both + 1e-16)


@torch.no_grad()
def assign(boxes, objects, classes, centres, strides, truths, labels, candidates=10):
    """SimOTA of a picture: which places find a box, which box, and how well."""
    far = (centres[:, None] - truths[None, :, :2]).abs()
    inside = (far < truths[None, :, 2:] / 2).all(-1)
    near = (far < 2.5 * strides[:, None, None]).all(-1)
    asked = (inside | near).any(1).nonzero()[:, 0]
    inside, near = inside[asked], near[asked]
    overlap = iou(boxes[asked, None], truths[None])
    p = (classes[asked].sigmoid() * objects[asked].sigmoid()[:, None]).sqrt()
    hot = F.one_hot(labels, classes.shape[1]).float()
    n, g = overlap.shape
    cost = F.binary_cross_entropy(p[:, None].expand(n, g, -1), hot[None].expand(n, g, -1),
                                  reduction="none").sum(-1)
    cost = cost - 3 * torch.log(overlap + 1e-8) + 1e5 * ~(inside & near)
    k = overlap.topk(min(candidates, n), 0).values.sum(0).int().clamp(min=1)
    chosen = torch.zeros(n, g, dtype=torch.bool)
    for j in range(g):
        chosen[cost[:, j].topk(int(k[j]), largest=False).indices, j] = True
    cost[~chosen] = float("inf")
    taken = chosen.any(1)
    box = cost.argmin(1)[taken]
    at = taken.nonzero()[:, 0]
    return asked[at], box, overlap[at, box]


def loss(maps, truths, steps):
    flat, centres, strides = [], [], []
    for m, s in zip(maps, steps):
        h, w = m.shape[2:]
        y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        grid = torch.stack((x, y), -1).reshape(-1, 2).float()
        v = m.flatten(2).transpose(1, 2)
        flat.append(torch.cat(((v[..., :2] + grid) * s, v[..., 2:4].exp() * s,
                               v[..., 4:]), -1))
        centres.append((grid + 0.5) * s)
        strides.append(torch.full((h * w,), float(s)))
    v, centres, strides = torch.cat(flat, 1), torch.cat(centres), torch.cat(strides)
    found, total = 0, 0
    objects = torch.zeros(v.shape[:2])
    for i, (corner, labels) in enumerate(truths):
        boxes = torch.cat((corner[:, :2] + corner[:, 2:] / 2, corner[:, 2:]), 1)
        at, box, overlap = assign(v[i, :, :4], v[i, :, 4], v[i, :, 5:], centres, strides,
                                  boxes, labels)
        objects[i, at] = 1
        found += len(at)
        u = iou(v[i, at, :4], boxes[box])
        aim = F.one_hot(labels[box], v.shape[2] - 5) * overlap[:, None]
        total = total + 5 * (1 - u * u).sum() + F.binary_cross_entropy_with_logits(
            v[i, at, 5:], aim, reduction="sum")
    total = total + F.binary_cross_entropy_with_logits(v[..., 4], objects, reduction="sum")
    return total / max(found, 1)
