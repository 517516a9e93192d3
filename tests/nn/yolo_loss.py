#!/usr/bin/env python3
"""The losses of YOLO's versions 2 and 3, after the papers and darknet's rules.

    yolo_loss.py < CASE

CASE is words, "name value ..." to the end of a line: version, items, classes, size
(height and width of the map), own (anchors of a place), anchors (width and height of
each, in places), coord, object, noobject, class, thresh, rescore, match, squares (1:
half the square of a sigmoid's difference, 0: cross entropy), drawn (1: anchors are
drawn to places), overlap (0, 1: IoU, 2: GIoU) and its weight, map, boxes (item, class,
left, top, right, bottom as shares, difficult).  Printed are "coord object class" and
how many boxes are to be found.
"""
import math
import sys

case = {}
for line in sys.stdin:
    name, *v = line.split()
    case[name] = [float(x) for x in v]


def one(name):
    return case[name][0]


version, items, classes = int(one('version')), int(one('items')), int(one('classes'))
H, W = (int(x) for x in case['size'])
own = [int(x) for x in case['own']]
anchors = list(zip(case['anchors'][::2], case['anchors'][1::2]))
squares, each = one('squares') > 0, 5 + classes


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def miss(p, t):
    if squares:
        return (p - t) ** 2 / 2
    return -(t * math.log(p) + (1 - t) * math.log(1 - p))


def corners(b):
    return b[0] - b[2] / 2, b[1] - b[3] / 2, b[0] + b[2] / 2, b[1] + b[3] / 2


def overlap(a, b, hull=False):
    a, b = corners(a), corners(b)

    def area(c):
        return max(c[2] - c[0], 0) * max(c[3] - c[1], 0)
    both = area([max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]),
                 min(a[3], b[3])])
    all = area(a) + area(b) - both
    whole = area([min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]),
                  max(a[3], b[3])])
    return both / all - ((whole - all) / whole if hull else 0)


def numbers(item, a, row, column):
    return [case['map'][(((item * len(own) + a) * each + k) * H + row) * W +
                        column] for k in range(each)]


def said(item, a, row, column):
    v = numbers(item, a, row, column)
    w, h = anchors[own[a]]
    return (column + sigmoid(v[0]), row + sigmoid(v[1]), math.exp(v[2]) * w,
            math.exp(v[3]) * h)


boxes = [case['boxes'][i:i + 7] for i in range(0, len(case['boxes']), 7)]
total, found = [0.0, 0.0, 0.0], 0
for item in range(items):
    truths = []
    for n, label, x0, y0, x1, y1, hard in boxes:
        if n == item:
            truths.append((((x0 + x1) / 2 * W, (y0 + y1) / 2 * H,
                            (x1 - x0) * W, (y1 - y0) * H), int(label), hard))
    # (anchor, row, column) -> the box that counts, all its classes
    owner = {}
    for b, label, hard in truths:
        column, row = int(b[0]), int(b[1])
        if hard:
            continue

        def fits(size):
            return overlap((0, 0, size[0], size[1]), (0, 0, b[2], b[3]))
        if version == 3:
            best = max(range(len(anchors)), key=lambda k: fits(anchors[k]))
            if best not in own:
                continue
            a = own.index(best)
        elif one('match') > 0:
            a = max(range(len(own)), key=lambda k: fits(anchors[own[k]]))
        else:
            a = max(range(len(own)),
                    key=lambda k: fits(said(item, k, row, column)[2:]))
        old = owner.get((a, row, column))
        labels = old[1] | {label} if old and version == 3 else {label}
        owner[a, row, column] = (b, labels)
    for a in range(len(own)):
        for row in range(H):
            for column in range(W):
                v = numbers(item, a, row, column)
                p = [sigmoid(x) for x in v]
                box = said(item, a, row, column)
                if (a, row, column) not in owner:
                    if not any(overlap(box, b) > one('thresh')
                               for b, _, _ in truths):
                        total[1] += one('noobject') * miss(p[4], 0)
                    if one('drawn') > 0:
                        total[0] += 0.01 * (miss(p[0], .5) + miss(p[1], .5) +
                                            v[2] ** 2 / 2 + v[3] ** 2 / 2)
                    continue
                b, labels = owner[a, row, column]
                found += 1
                if one('overlap') > 0:
                    total[0] += case['overlap'][1] * (
                        1 - overlap(box, b, one('overlap') == 2))
                else:
                    weight = one('coord')
                    if version == 3:
                        weight *= 2 - b[2] * b[3] / (W * H)
                    w, h = anchors[own[a]]
                    total[0] += weight * (
                        miss(p[0], b[0] - column) + miss(p[1], b[1] - row) +
                        (v[2] - math.log(b[2] / w)) ** 2 / 2 +
                        (v[3] - math.log(b[3] / h)) ** 2 / 2)
                total[1] += one('object') * miss(
                    p[4], overlap(box, b) if one('rescore') > 0 else 1)
                if version == 3:
                    total[2] += one('class') * sum(
                        miss(p[5 + c], c in labels) for c in range(classes))
                else:
                    e = [math.exp(x) for x in v[5:]]
                    total[2] -= one('class') * math.log(
                        e[min(labels)] / sum(e))
print(*(repr(x / items) for x in total), found)
