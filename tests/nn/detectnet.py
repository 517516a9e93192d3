#!/usr/bin/env python3
"""DetectNet's maps of boxes (Tao, Barker, Sarathy, NVIDIA, 2016), cell by cell: each
asks which boxes cover it, and takes the last.

    detectnet.py < CASE

CASE is words: the picture's width and height, stride, scale_cvg, gridbox_type,
min_cvg_len, max_cvg_len, obj_norm, crop_bboxes, the number of mappings and these, src
and dst each, the number of boxes and these: left, top, width, height and class.
Printed are the maps: a line for each channel, row by row.
"""
import sys
from fractions import Fraction

words = iter(sys.stdin.read().split())


def exact():
    return Fraction(next(words))


width, height, stride = (int(next(words)) for _ in range(3))
share, kind = exact(), next(words)
least, most = exact(), exact()
obj_norm, crop = next(words) == '1', next(words) == '1'
classes = {}
for _ in range(int(next(words))):
    src = int(next(words))
    classes.setdefault(src, int(next(words)))
boxes = []
for _ in range(int(next(words))):
    left, top, w, h, src = (exact() for _ in range(5))
    box = [left, top, left + w, top + h]
    if crop:
        box = [max(left, 0), max(top, 0), min(left + w, width), min(top + h, height)]
    if src in classes and box[0] < box[2] and box[1] < box[3]:
        boxes.append((box, classes[src]))


def part(side):
    """How much of a side counts as covered."""
    if kind == 'GRIDBOX_MIN':
        return min(side, max(least, share * side))
    return min(most, share * side)


def covers(low, high, cell):
    """Does the part about the middle of a side reach into a row or column of cells?"""
    middle, length = (low + high) / 2, part(high - low)
    return (middle - length / 2 < (cell + 1) * stride and
            middle + length / 2 > cell * stride)


def channels(row, column):
    out = [0] * (8 + max(classes.values()) + 1)
    for box, k in boxes:
        if not (covers(box[0], box[2], column) and covers(box[1], box[3], row)):
            continue
        w, h = box[2] - box[0], box[3] - box[1]
        x, y = column * stride, row * stride
        norm = Fraction(stride * stride) / (part(w) * part(h))
        out = [1, box[0] - x, box[1] - y, box[2] - x, box[3] - y, 1 / w, 1 / h,
               norm if obj_norm else max(norm, 1)]
        out += [int(i == k) for i in range(max(classes.values()) + 1)]
    return out


cells = [channels(r, c) for r in range(height // stride) for c in range(width // stride)]
for channel in zip(*cells):
    print(*(float(v) for v in channel))
