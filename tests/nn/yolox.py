#!/usr/bin/env python3
"""YOLOX's assignment and losses, after the paper (arXiv 2107.08430).

    yolox.py < CASE

CASE is words: items classes rows levels radius candidates ignore, of each level its
height, width and stride, then the maps, (items, 5 + classes, height, width) each,
then the labels (items, rows, 16).  Printed are the places that are to find a box,
"item place class iou", those that are not judged, "item place -1 0", and the means
"loss iou object class l1".
"""
import math
import sys

words = iter(sys.stdin.read().split())


def ints(n):
    return [int(next(words)) for _ in range(n)]


def floats(n):
    return [float(next(words)) for _ in range(n)]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def log100(p):
    return max(math.log(p), -100) if p > 0 else -100


def bce(p, t):
    return -(t * log100(p) + (1 - t) * log100(1 - p))


def edges(b):
    return (b[0] - b[2] / 2, b[1] - b[3] / 2, b[0] + b[2] / 2, b[1] + b[3] / 2)


def iou(a, b):
    a, b = edges(a), edges(b)
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) +
                   (b[2] - b[0]) * (b[3] - b[1]) - both)


items, classes, rows, levels = ints(4)
radius = floats(1)[0]
candidates, ignore = ints(2)
sizes = [ints(3) for _ in range(levels)]
maps = [floats(items * (5 + classes) * h * w) for h, w, s in sizes]
labels = floats(items * rows * 16)
sums, found = [0.0] * 4, 0

for item in range(items):
    # places: numbers of the map, stride, column, row
    places = []
    for (h, w, s), m in zip(sizes, maps):
        step = h * w
        for at in range(step):
            v = [m[(item * (5 + classes) + k) * step + at]
                 for k in range(5 + classes)]
            places.append((v, s, at % w, at // w))
    boxes = [((x + c) * s, (y + r) * s, math.exp(w) * s, math.exp(h) * s)
             for (x, y, w, h, *_), s, c, r in places]
    lists = labels[item * rows * 16:(item + 1) * rows * 16]
    truths, ignored = [], []
    for i in range(1, int(lists[0]) + 1):
        x, y, w, h, _, label = lists[16 * i:16 * i + 6]
        (ignored if int(label) == ignore else truths).append(
            ((x + w / 2, y + h / 2, w, h), int(label)))

    def centre(a):
        v, s, c, r = places[a]
        return (c + 0.5) * s, (r + 0.5) * s

    def inside(a, b):
        (x, y), e = centre(a), edges(b)
        return e[0] < x < e[2] and e[1] < y < e[3]

    def near(a, b):
        (x, y), far = centre(a), radius * places[a][1]
        return abs(x - b[0]) < far and abs(y - b[1]) < far

    asked = [a for a in range(len(places))
             if any(inside(a, b) or near(a, b) for b, _ in truths)]
    cost = []
    for b, label in truths:
        line = {}
        for a in asked:
            v = places[a][0]
            c = sum(bce(math.sqrt(sigmoid(v[5 + k]) * sigmoid(v[4])),
                        k == label) for k in range(classes))
            c -= 3 * math.log(iou(boxes[a], b) + 1e-8)
            if not (inside(a, b) and near(a, b)):
                c += 1e5
            line[a] = c
        cost.append(line)
    owner = {}
    for g, (b, _) in enumerate(truths):
        best = sorted((iou(boxes[a], b) for a in asked), reverse=True)
        k = max(1, int(sum(best[:candidates])))
        for a in sorted(asked, key=lambda a: (cost[g][a], a))[:k]:
            if a not in owner or cost[g][a] < cost[owner[a]][a]:
                owner[a] = g
    for a, (v, s, c, r) in enumerate(places):
        if a not in owner:
            if any(inside(a, b) for b, _ in ignored):
                print(item, a, -1, 0)
            else:
                sums[1] += bce(sigmoid(v[4]), 0)
            continue
        b, label = truths[owner[a]]
        u = iou(boxes[a], b)
        print(item, a, label, repr(u))
        found += 1
        sums[0] += 1 - u * u
        sums[1] += bce(sigmoid(v[4]), 1)
        sums[2] += sum(bce(sigmoid(v[5 + k]), u if k == label else 0)
                       for k in range(classes))
        aim = (b[0] / s - c, b[1] / s - r, math.log(b[2] / s),
               math.log(b[3] / s))
        sums[3] += sum(abs(x - t) for x, t in zip(v, aim))
print('loss', *(repr(x / max(found, 1)) for x in sums))
