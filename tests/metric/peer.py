"""Figures of random cases, worked out in another way than lib/metric does.

peer.py pixels FILE:   two label maps -> "figure value" lines, from sets of pixels.
peer.py numpy FILE:    the same without the boundary's, of a matrix by numpy.
peer.py overlaps FILE: pairs of boxes -> pycocotools's IoU, and that with a crowd.
peer.py voc FILE:      boxes -> AP, by Python's own few lines.
peer.py coco FILE:     boxes as COCO's JSON -> the twelve figures of pycocotools.

The exit status is 77 where numpy or pycocotools is not to be had.
"""

import contextlib
import io
import json
import math
import sys

NAN = float("nan")


def mean(values):
    values = [v for v in values if not math.isnan(v)]
    return sum(values) / len(values) if values else NAN


def pixels(doc):
    """The class of a pixel is kept by sets of places."""
    truth, answer = doc["truth"], doc["answer"]
    where = [i for i, t in enumerate(truth) if t != doc["ignored"]]
    iou, dice, recall, weights = [], [], [], []
    for c in range(doc["classes"]):
        t = {i for i in where if truth[i] == c}
        a = {i for i in where if answer[i] == c}
        iou.append(len(t & a) / len(t | a) if t | a else NAN)
        dice.append(2 * len(t & a) / (len(t) + len(a)) if t | a else NAN)
        recall.append(len(t & a) / len(t) if t else NAN)
        weights.append(len(t))
    yield "accuracy", sum(truth[i] == answer[i] for i in where) / len(where)
    yield "class-accuracy", mean(recall)
    yield "miou", mean(iou)
    yield "weighted-iou", sum(
        w * v for w, v in zip(weights, iou) if w) / sum(weights)
    yield "dice", mean(dice)
    yield "bf", boundaries(doc)


def arrays(doc):
    import numpy as np
    truth, answer = np.array(doc["truth"]), np.array(doc["answer"])
    n = doc["classes"]
    seen = truth != doc["ignored"]
    m = np.bincount(truth[seen] * n + answer[seen], minlength=n * n).reshape(n, n)
    right, said, true = np.diag(m), m.sum(0), m.sum(1)
    with np.errstate(invalid="ignore"):
        iou = right / (said + true - right)
        yield "accuracy", right.sum() / m.sum()
        yield "class-accuracy", np.nanmean(right / true)
        yield "miou", np.nanmean(iou)
        yield "weighted-iou", np.nansum(iou * true) / m.sum()
        yield "dice", np.nanmean(2 * right / (said + true))


def overlaps(pairs):
    from pycocotools import mask
    for a, b in pairs:
        yield "iou", mask.iou([a], [b], [0])[0][0]
        yield "cover", mask.iou([a], [b], [1])[0][0]


def boundaries(doc):
    w = doc["width"]
    truth, answer = doc["truth"], doc["answer"]
    place = {(i % w, i // w): i for i in range(len(truth))
             if truth[i] != doc["ignored"]}
    scores = []
    for c in range(doc["classes"]):
        edges = []
        for m in truth, answer:
            edges.append([
                (x, y) for (x, y), i in place.items() if m[i] == c and any(
                    q in place and m[place[q]] != c
                    for q in ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)))
            ])
        if not any(edges):
            continue
        p, r = [
            sum(any(math.dist(a, b) <= doc["tolerance"] for b in other)
                for a in mine) / len(mine) if mine else 0
            for mine, other in (edges[::-1], edges)]
        scores.append(2 * p * r / (p + r) if p + r else 0)
    return mean(scores)


def iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    either = sum((q[2] - q[0]) * (q[3] - q[1]) for q in (a, b)) - both
    return both / either if either else 0


def corners(a):
    x, y, w, h = a["bbox"]
    return x, y, x + w, y + h


def voc(doc):
    """All classes at once: the area under p as a sum over recalls."""
    aps = []
    for c in {t["category_id"] for t in doc["truths"]}:
        truths = [t for t in doc["truths"] if t["category_id"] == c]
        n = sum(not t["iscrowd"] for t in truths)
        hits, used = [], set()
        for g in sorted((g for g in doc["guesses"] if g["category_id"] == c),
                        key=lambda g: -g["score"]):
            best, at = max(
                ((iou(corners(g), corners(t)), -i)
                 for i, t in enumerate(truths)
                 if t["image_id"] == g["image_id"]), default=(0, 0))
            if best < 0.5:
                hits.append(0)
            elif not truths[-at]["iscrowd"]:
                hits.append(int(at not in used))
                used.add(at)
        if n == 0:
            continue
        curve = [(sum(hits[:i + 1]) / n, sum(hits[:i + 1]) / (i + 1))
                 for i in range(len(hits))]
        aps.append(sum(
            max((p for r, p in curve if r >= k / n - 1e-12), default=0)
            for k in range(1, n + 1)) / n)
    yield "mAP", mean(aps)


def coco(doc):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    names = ["AP", "AP50", "AP75", "APsmall", "APmedium", "APlarge", "AR1",
             "AR10", "AR100", "ARsmall", "ARmedium", "ARlarge"]
    with contextlib.redirect_stdout(io.StringIO()):
        there = COCO()
        there.dataset = {
            "info": {},
            "images": [{"id": i} for i in range(1, doc["pictures"] + 1)],
            "categories": [{"id": c} for c in range(doc["classes"])],
            "annotations": [{**t, "id": i + 1}
                            for i, t in enumerate(doc["truths"])]}
        there.createIndex()
        e = COCOeval(there, there.loadRes(doc["guesses"]), "bbox")
        e.evaluate()
        e.accumulate()
        e.summarize()
    yield from zip(names, e.stats)


judges = {"pixels": pixels, "numpy": arrays, "overlaps": overlaps, "voc": voc,
          "coco": coco}
with open(sys.argv[2]) as file:
    case = json.load(file)
try:
    for name, value in judges[sys.argv[1]](case):
        print(name, repr(float(value)))
except ImportError:
    sys.exit(77)
