#!/usr/bin/env python3
"""Figures of what the programs wrote, by numpy and pycocotools.

    judges.py streets DIR N      DIR/images/*.ppm, N pictures of 96x144 with cells of
        blue, green and red; DIR/labels/*.txt, KITTI's, of boxes about these: a blue
        one is small, a red one large, and often they are not where a net says that
    judges.py coco TRUTH RESULTS the twelve figures of COCO's evaluator, as JSON
    judges.py masks CLASSES DIR DIR   accuracy, mean IoU, mean Dice of the masks of
        two folders, as JSON; 255 of the first is not counted
    judges.py weights FILE       a .caffemodel's blobs: {"layer/blob": [count, min, max,
        mean, deviation]}, as JSON
"""
import contextlib
import io
import json
import os
import random
import struct
import sys

import numpy as np

from masks import read


def streets(folder, n):
    rnd = random.Random(5)
    for part in 'images', 'labels':
        os.makedirs(os.path.join(folder, part))
    for k in range(n):
        px = np.zeros((4, 4, 3), np.uint8)
        lines = []
        for cell in rnd.sample(range(16), 1 + k % 4):
            y, x = divmod(cell, 4)
            colour = rnd.randrange(3)
            v = rnd.choice((150, 180, 220, 250))
            px[y, x, 2 - colour] = v
            # what the net says in pixels of its input, and is wrong by
            blue, red = v / 255 * (colour == 0), v / 255 * (colour == 2)
            said = np.array((4 * x - 1 - 8 * red, 4 * y - 1 - 10 * red,
                             4 * x + 6 - 5 * blue, 4 * y + 5 - 4 * blue))
            said += [rnd.choice((0, 0, 0, .3, .6, -.4)) for _ in said]
            box = np.clip(said, 0, 16) * (6, 9, 6, 9)
            if rnd.random() < .1:
                colour = rnd.randrange(3)
            if rnd.random() < .9:
                lines.append('%s 0 0 0 %g %g %g %g 0 0 0 0 0 0 0\n' % (
                    ('blue', 'green', 'red')[colour], *box))
        with open(os.path.join(folder, 'images', '%02d.ppm' % k), 'wb') as f:
            f.write(b'P6 96 144 255\n')
            f.write(px.repeat(36, 0).repeat(24, 1).tobytes())
        with open(os.path.join(folder, 'labels', '%02d.txt' % k), 'w') as f:
            f.writelines(lines)


def coco(truth, results):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    names = ['ap', 'ap50', 'ap75', 'ap_small', 'ap_medium', 'ap_large', 'ar1',
             'ar10', 'ar100', 'ar_small', 'ar_medium', 'ar_large']
    with contextlib.redirect_stdout(io.StringIO()):
        there = COCO(truth)
        e = COCOeval(there, there.loadRes(results), 'bbox')
        e.evaluate()
        e.accumulate()
        e.summarize()
    return {k: v if v >= 0 else None for k, v in zip(names, e.stats)}


def masks(classes, truths, answers):
    m = np.zeros((classes, classes), int)
    names = [n for n in os.listdir(answers) if n.endswith('.png')]
    assert sorted(os.listdir(truths)) == sorted(names)
    for name in names:
        t, a = (np.array([list(r) for r in read(os.path.join(d, name))[0]])
                for d in (truths, answers))
        m += np.bincount(t[t < 255] * classes + a[t < 255],
                         minlength=classes ** 2).reshape(classes, classes)
    right, both = np.diag(m), m.sum(0) + m.sum(1)
    there = both > 0
    return {'accuracy': right.sum() / m.sum(),
            'miou': (right / (both - right))[there].mean(),
            'dice': (2 * right / both)[there].mean()}


def weights(path):
    def fields(b):
        at = 0

        def number():
            nonlocal at
            v = shift = 0
            while True:
                c = b[at]
                at += 1
                v |= (c & 127) << shift
                shift += 7
                if c < 128:
                    return v
        while at < len(b):
            key = number()
            size = {0: 0, 1: 8, 2: None, 5: 4}[key & 7]
            size = number() if size is None else size
            if key & 7 == 0:
                number()
            yield key >> 3, b[at:at + size]
            at += size

    out = {}
    for number, layer in fields(open(path, 'rb').read()):
        # layers of today, and of 2014: the fields of name and blobs
        if number not in (100, 2):
            continue
        parts = list(fields(layer))
        called, blobs = (1, 7) if number == 100 else (4, 6)
        name = next(v for k, v in parts if k == called).decode()
        for i, blob in enumerate(v for k, v in parts if k == blobs):
            v = np.frombuffer(b''.join(v for k, v in fields(blob) if k == 5), '<f4')
            v = v.astype(float)
            out['%s/%d' % (name, i)] = [v.size, v.min(), v.max(), v.mean(), v.std()]
    return out


what, *args = sys.argv[1:]
if what == 'streets':
    streets(args[0], int(args[1]))
elif what == 'coco':
    print(json.dumps(coco(*args)))
elif what == 'masks':
    print(json.dumps(masks(int(args[0]), *args[1:])))
else:
    print(json.dumps(weights(*args)))
