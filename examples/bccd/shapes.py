#!/usr/bin/env python3
"""Pictures of coloured shapes, and where they are, for detectors.

    shapes.py DIR N SIDE [SEED]    DIR/images/*.ppm, DIR/labels/*.txt (YOLO)

Squares, discs and triangles of two or three to a picture on a noisy ground;
classes 0, 1, 2.  The colour says nothing of the class.
"""
import os
import random
import sys


def covers(kind, x, y, s):
    """Is the point (0..1 of the box) of a shape inside it?"""
    if kind == 0:
        return True
    if kind == 1:
        return (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.25
    return abs(x - 0.5) < y / 2


def overlaps(a, b):
    return (a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and
            a[1] < b[1] + b[2] and b[1] < a[1] + a[2])


def place(rng, side, taken):
    for _ in range(50):
        s = rng.randrange(side // 6, side // 3)
        box = (rng.randrange(side - s), rng.randrange(side - s), s)
        if not any(overlaps(box, t) for t in taken):
            return box
    return None


def draw(rng, side):
    ground = bytearray(3 * side * side)
    for c in range(3):
        base = rng.randrange(40, 100)
        noise = bytes(base + i % 30 for i in range(256))
        ground[c::3] = rng.randbytes(side * side).translate(noise)
    rows = [ground[3 * side * y:3 * side * (y + 1)] for y in range(side)]
    found = []
    for _ in range(rng.randrange(2, 4)):
        box = place(rng, side, [f[1] for f in found])
        if box is None:
            continue
        kind = rng.randrange(3)
        colour = bytes(rng.randrange(150, 256) for _ in range(3))
        x0, y0, s = box
        for y in range(s):
            for x in range(s):
                if covers(kind, (x + 0.5) / s, (y + 0.5) / s, s):
                    at = 3 * (x0 + x)
                    rows[y0 + y][at:at + 3] = colour
        found.append((kind, box))
    return rows, found


def main():
    out, n, side = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    for folder in 'images', 'labels':
        os.makedirs('%s/%s' % (out, folder))
    for i in range(n):
        rows, found = draw(rng, side)
        with open('%s/images/%04d.ppm' % (out, i), 'wb') as f:
            f.write(b'P6 %d %d 255\n' % (side, side) + b''.join(rows))
        with open('%s/labels/%04d.txt' % (out, i), 'w') as f:
            for kind, (x, y, s) in found:
                f.write('%d %.6f %.6f %.6f %.6f\n' % (
                    kind, (x + s / 2) / side, (y + s / 2) / side, s / side,
                    s / side))


main()
