#!/usr/bin/env python3
"""Masks by pycocotools, to compare dset-create's with.

    outlines.py make DIR N [SEED]   DIR/images/*.pgm, DIR/instances.json of random
        polygons (also beyond the edges), run lengths as numbers and as text, and
        crowds; DIR/want/*.hex, the masks in hexadecimal by pycocotools
    outlines.py read FILE.json      the masks of a COCO file, by pycocotools: a line
        of hexadecimal for each image, a later annotation upon an earlier one
"""
import json
import os
import random
import sys

from pycocotools import mask as api


def segment(a, h, w):
    s = a['segmentation']
    if isinstance(s, list):
        r = api.merge(api.frPyObjects(s, h, w))
    elif isinstance(s['counts'], list):
        r = api.frPyObjects(s, h, w)
    else:
        r = s
    return api.decode(r)


def masks(j):
    kinds = sorted(c['id'] for c in j['categories'])
    for im in j['images']:
        h, w = im['height'], im['width']
        mine = [a for a in j['annotations'] if a['image_id'] == im['id']]
        m = [bytearray(w) for _ in range(h)]
        for a in sorted(mine, key=lambda a: -a.get('iscrowd', 0)):
            s = segment(a, h, w)
            k = 255 if a.get('iscrowd', 0) else kinds.index(a['category_id']) + 1
            for y in range(h):
                for x in range(w):
                    if s[y][x]:
                        m[y][x] = k
        yield ' '.join(r.hex() for r in m)


def shape(rnd, w, h, crowd):
    def point():
        # Whole pixels, halves and tenths are where rounding tells.
        step = rnd.choice((1, .5, .1, .01))
        return [round(rnd.uniform(-.3 * n, 1.3 * n) / step) * step for n in (w, h)]

    if not crowd and rnd.random() < .7:
        return [sum((point() for _ in range(rnd.randint(3, 9))), [])
                for _ in range(rnd.randint(1, 2))]
    runs, left = [], w * h
    while left:
        n = rnd.choice((0, 1, rnd.randint(1, left), rnd.randint(1, left)))
        n = min(n, left)
        if n == 0 and runs:
            continue
        runs.append(n)
        left -= n
    s = {'size': [h, w], 'counts': runs}
    if rnd.random() < .5:
        s = api.frPyObjects(s, h, w)
        s['counts'] = s['counts'].decode()
    return s


def make(folder, n, seed):
    rnd = random.Random(seed)
    os.makedirs(folder + '/images')
    j = {'images': [], 'annotations': [],
         'categories': [{'id': 90, 'name': 'z'}, {'id': 3, 'name': 'y'}]}
    for i in range(n):
        w, h = rnd.randint(1, 40), rnd.randint(1, 30)
        name = '%03d.pgm' % i
        with open('%s/images/%s' % (folder, name), 'w') as f:
            print('P2', w, h, 255, *[i % 256] * (w * h), file=f)
        j['images'].append({'id': 1000 - i, 'file_name': name, 'width': w,
                            'height': h})
        for _ in range(rnd.randint(0, 4)):
            crowd = int(rnd.random() < .2)
            j['annotations'].append(
                {'image_id': 1000 - i, 'category_id': rnd.choice((3, 90)),
                 'iscrowd': crowd, 'segmentation': shape(rnd, w, h, crowd)})
    with open(folder + '/instances.json', 'w') as f:
        json.dump(j, f)
    with open(folder + '/want', 'w') as f:
        for line in masks(j):
            print(line, file=f)


if __name__ == '__main__':
    if sys.argv[1] == 'make':
        make(sys.argv[2], int(sys.argv[3]), int((sys.argv[4:] or ['0'])[0]))
    else:
        with open(sys.argv[2]) as f:
            for line in masks(json.load(f)):
                print(line)
