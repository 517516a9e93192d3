"""MultiBoxLoss and its gradient, worked out after the paper (Liu et al., SSD, 2016)
and not as lib/nn does it: all pairs of boxes are listed and sorted, losses are
summed prior by prior.

multibox.py FILE: a case as JSON -> the loss, then the gradient of the offsets, then
that of the scores, a number a line.
"""

import json
import math
import sys


def iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    both = w * h
    return both / (
        (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def encode(kind, b, p, var):
    w, h = p[2] - p[0], p[3] - p[1]
    if kind == "CENTER_SIZE":
        v = [((b[0] + b[2]) - (p[0] + p[2])) / 2 / w,
             ((b[1] + b[3]) - (p[1] + p[3])) / 2 / h,
             math.log((b[2] - b[0]) / w), math.log((b[3] - b[1]) / h)]
    else:
        side = [w, h, w, h] if kind == "CORNER_SIZE" else [1] * 4
        v = [(x - y) / s for x, y, s in zip(b, p, side)]
    return [x / y for x, y in zip(v, var)]


def decode(kind, v, p, var):
    w, h = p[2] - p[0], p[3] - p[1]
    v = [x * y for x, y in zip(v, var)]
    if kind == "CENTER_SIZE":
        x = (p[0] + p[2]) / 2 + v[0] * w
        y = (p[1] + p[3]) / 2 + v[1] * h
        w, h = w * math.exp(v[2]), h * math.exp(v[3])
        return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
    side = [w, h, w, h] if kind == "CORNER_SIZE" else [1] * 4
    return [x + y * s for x, y, s in zip(p, v, side)]


def pair_up(boxes, truths, o, picture):
    """{prior: truth} and the greatest overlap of each prior; truths: [(n, box)]"""
    aside = set()
    if o["ignore_cross_boundary_bbox"]:
        aside = {i for i, b in enumerate(boxes)
                 if min(b) < 0 or max(b) > 1}
    pairs = [(-iou(b, t), i, n) for i, b in enumerate(boxes)
             for n, t in truths if i not in aside]
    pairs = sorted(p for p in pairs if p[0] < -1e-6)
    match, taken = {}, set()
    for overlap, i, n in pairs:
        if i not in match and n not in taken:
            match[i] = n
            taken.add(n)
    most = [0.0] * len(boxes)
    for overlap, i, n in pairs:
        most[i] = max(most[i], -overlap)
    if o["match_type"] == "PER_PREDICTION":
        for overlap, i, n in sorted(pairs, key=lambda p: (p[1], p[0], p[2])):
            if i not in match and -overlap >= o["overlap_threshold"]:
                match[i] = n
    return match, most, aside


def soft(x):
    top = max(x)
    e = [math.exp(v - top) for v in x]
    return [v / sum(e) for v in e]


def logistic(x):
    return 1 / (1 + math.exp(-x))


def class_loss(o, x, label):
    """loss, gradient"""
    if o["conf_loss_type"] == "SOFTMAX":
        p = soft(x)
        return -math.log(p[label]), [v - (c == label) for c, v in enumerate(p)]
    p = [logistic(v) for v in x]
    return (-sum(math.log(v if c == label else 1 - v)
                 for c, v in enumerate(p)),
            [v - (c == label) for c, v in enumerate(p)])


def place_loss(o, d):
    if o["loc_loss_type"] == "L2":
        return sum(v * v / 2 for v in d), d
    return (sum(v * v / 2 if abs(v) < 1 else abs(v) - 0.5 for v in d),
            [max(-1.0, min(1.0, v)) for v in d])


def thin(order, boxes, limit):
    kept = []
    for i in order:
        if all(iou(boxes[i], boxes[k]) <= limit for k in kept):
            kept.append(i)
    return kept


def main(doc):
    o, n, p, c = doc["option"], doc["items"], doc["priors"], doc["classes"]
    sets = 1 if o["share_location"] else c
    prior = [doc["prior"][4 * i:4 * i + 4] for i in range(p)]
    var = [doc["prior"][4 * (p + i):4 * (p + i) + 4] for i in range(p)]
    one = [1.0] * 4
    code = [one if o["encode_variance_in_target"] else v for v in var]
    dloc, dconf = [0.0] * len(doc["loc"]), [0.0] * len(doc["conf"])
    sum_place = sum_class = 0.0
    matches = 0
    places, classes = [], []
    for item in range(n):
        truth = [(t[1], t[3:7]) for t in
                 (doc["truth"][8 * i:8 * i + 8]
                  for i in range(len(doc["truth"]) // 8))
                 if t[0] == item and (o["use_difficult_gt"] or not t[7])]
        def loc(i, s):
            at = ((item * p + i) * sets + s) * 4
            return at, doc["loc"][at:at + 4]
        def conf(i):
            at = (item * p + i) * c
            return at, doc["conf"][at:at + c]
        def boxes_of(s):
            return [decode(o["code_type"], loc(i, s)[1], prior[i], code[i])
                    for i in range(p)]
        def label_of(t):
            return o["background_label_id"] + 1 if o["map_object_to_agnostic"] \
                else int(truth[t][0])
        def place(i, s, t):
            """d, factor"""
            at, v = loc(i, s)
            goal = encode(o["code_type"], truth[t][1], prior[i], code[i])
            scale = [1 / x for x in var[i]] \
                if o["encode_variance_in_target"] else one
            edge = prior[i] if o["use_prior_for_matching"] else \
                boxes_of(s)[i]
            scale = [0 if o["bp_inside"] and not 0 <= e <= 1 else x
                     for e, x in zip(edge, scale)]
            return [(x - g) * f for x, g, f in zip(v, goal, scale)], scale
        matched, most, aside = [], [0.0] * p, set()
        everything = [(k, t[1]) for k, t in enumerate(truth)]
        if o["use_prior_for_matching"]:
            m, most, aside = pair_up(prior, everything, o, item)
            matched = [m] if sets == 1 else [
                {i: t for i, t in m.items() if truth[t][0] == s}
                for s in range(sets)]
        else:
            for s in range(sets):
                own = [x for x in everything
                       if sets == 1 or truth[x[0]][0] == s]
                m, most, aside = pair_up(boxes_of(s), own, o, item)
                matched.append(m)
        negative = set()
        if o["mining_type"] != "NONE" and truth:
            hard = o["mining_type"] == "HARD_EXAMPLE"
            m = matched[0]
            loss = []
            for i in range(p):
                label = label_of(m[i]) if i in m else o["background_label_id"]
                v = class_loss(o, conf(i)[1], label)[0]
                if hard and i in m:
                    v += place_loss(o, place(i, 0, m[i])[0])[0]
                loss.append(v)
            may = [i for i in range(p) if hard or (
                i not in m and i not in aside and most[i] < o["neg_overlap"])]
            may.sort(key=lambda i: -loss[i])
            want = o["sample_size"] if hard \
                else int(len(m) * o["neg_pos_ratio"])
            if o["nms"]:
                may = thin(may, prior if o["use_prior_for_nms"]
                           else boxes_of(0), o["nms"])
            may = set(may[:want])
            if hard:
                matched = [{i: t for i, t in m.items() if i in may}]
            negative = {i for i in may if i not in m and i not in aside}
        for s in range(sets):
            for i, t in matched[s].items():
                d, scale = place(i, s, t)
                v, g = place_loss(o, d)
                matches += 1
                sum_place += v
                places.append((loc(i, s)[0], [x * y for x, y in zip(g, scale)]))
        for i in range(p):
            labels = [label_of(m[i]) for m in matched if i in m]
            if labels:
                label = labels[-1]
            elif i in negative:
                label = o["background_label_id"]
            elif o["mining_type"] != "NONE":
                continue
            else:
                label = o["background_label_id"] \
                    if o["conf_loss_type"] == "SOFTMAX" else -1
            at, x = conf(i)
            v, g = class_loss(o, x, label)
            sum_class += v
            classes.append((at, g))
    by = {"VALID": max(matches, 1), "FULL": n * p, "BATCH_SIZE": n,
          "NONE": 1}[o["normalization"]]
    for at, g in places:
        for k, v in enumerate(g):
            dloc[at + k] += o["loc_weight"] * v / by
    for at, g in classes:
        for k, v in enumerate(g):
            dconf[at + k] += v / by
    print((o["loc_weight"] * sum_place + sum_class) / by)
    for v in dloc + dconf:
        print(v)


with open(sys.argv[1]) as f:
    main(json.load(f))
