#!/usr/bin/env python3
"""Nets that model-export wrote as ONNX, judged by onnx's checker and onnxruntime.

deploy NET.prototxt            prints the layers of a standard net that are there for use
nets DIR [OPTION...]           each DIR/*/deploy.prototxt with random weights and inputs:
                               exported with these options, run by onnxruntime, and
                               compared with what model-infer makes of it
layers LIST DIR [OPTION...]    the same of all nets of a list (onnx-layers), or of
                               those that --only NAME names
picture DIR FILE [OPTION...]   the model of that folder, made for pictures as bytes, and
                               a .ppm or .pgm of its size
Options of the judge: --items N (how many in a batch), --limit F, --few SHARE (of the
numbers may be off: those behind places of maxima that are nearly the same), --own (by
model-export --check alone, which needs no onnx; what it cannot read is printed).
"""
import glob
import json
import os
import re
import subprocess
import sys

import numpy as np


# ---- prototxt ----

def blocks(text):
    """The messages of a prototxt: name and body."""
    depth = start = 0
    for m in re.finditer(r'[{}]', text):
        if m.group() == '{':
            if depth == 0:
                name, start = text[:m.start()].split()[-1], m.end()
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                yield name, text[start:m.start()]


def rule(body):
    stage = re.findall(r'stage: *"(\w+)"', body)
    phase = re.search(r'phase: *(\w+)', body)
    return all(s == 'deploy' for s in stage) and (
        not phase or phase.group(1) == 'TEST')


def deploy(path):
    text = re.sub(r'#.*', '', open(path).read())
    for name, body in blocks(text):
        rules = [(n, rule(b)) for n, b in blocks(body)
                 if n in ('include', 'exclude')]
        wanted = [ok for n, ok in rules if n == 'include']
        if name != 'layer' or ('exclude', True) in rules or (
                wanted and not any(wanted)):
            continue
        print('layer {%s}' % re.sub(r'(include|exclude) *{[^}]*}', '', body))


# ---- random numbers ----

def varint(v):
    out = b''
    while v > 127:
        out += bytes([v & 127 | 128])
        v >>= 7
    return out + bytes([v])


def field(n, data):
    return varint(n << 3 | 2) + varint(len(data)) + data


def blob(shape, v):
    return (field(7, field(1, b''.join(varint(d) for d in shape))) +
            field(5, np.asarray(v, '<f4').tobytes()))


def values(rnd, layer, k, shape):
    kind = layer['type']
    if kind == 'BatchNorm' and k < 3:  # sums, and what divides them
        return 2 * [rnd.normal(size=shape) * .2, rnd.uniform(.5, 1.5, shape),
                    np.ones(shape)][k]
    if kind == 'BN':
        return (rnd.normal(size=shape) * .2 if k in (1, 2)
                else rnd.uniform(.5, 1.5, shape))
    if kind == 'PReLU':
        return rnd.uniform(.1, .4, shape)
    if kind in ('LSTM', 'RNN', 'Embed', 'Parameter'):
        return rnd.normal(size=shape) * .5
    if kind == 'BatchNorm' and k == 3:
        return rnd.uniform(.5, 1.5, shape)
    if len(shape) < 2 and k == 0:  # sums of many branches are not to grow
        return rnd.uniform(.3, .8, shape)
    if len(shape) < 2:
        return rnd.normal(size=shape) * .1
    return rnd.normal(size=shape) * (1.5 / int(np.prod(shape[1:]))) ** .5


def write_weights(path, layers):
    rnd = np.random.default_rng(1)
    with open(path, 'wb') as f:
        f.write(field(1, b'random'))
        for x in layers:
            m = field(1, x['layer'].encode()) + field(2, x['type'].encode())
            for k, s in enumerate(x['blobs']):
                m += field(7, blob(s, values(rnd, x, k, s)))
            if x['blobs'] or x['layer'] == layers[0]['layer']:
                f.write(field(100, m))


def make_inputs(layers, items):
    rnd = np.random.default_rng(2)
    made = {}
    first = None
    for t in (t for x in layers if x['type'] == 'Input' for t in x['tops']):
        shape = t['shape']
        first = first or shape[0]
        if items and shape[0] == first:
            shape = [items] + shape[1:]
        v = rnd.normal(size=shape)
        if t['name'].startswith('index'):
            v = rnd.integers(0, 5, size=shape)
        if t['name'].startswith('rois'):
            v[:, 0] = rnd.integers(0, items or 1, len(v))
            v[:, 1:3] = rnd.integers(0, 20, (len(v), 2))
            v[:, 3:5] = v[:, 1:3] + rnd.integers(5, 30, (len(v), 2))
        if t['name'].startswith('cont'):
            v = rnd.integers(0, 2, size=shape)
            v.flat[-1] = 1
        made[t['name']] = v.astype('f4')
    return made


# ---- the judge ----

def run(*command):
    r = subprocess.run(command, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    if r.returncode:
        sys.exit('%s: status %d: %s' % (' '.join(command), r.returncode,
                                        r.stderr))
    return r.stdout


def spread(v):
    """The largest of an output; of a list of boxes, of each column."""
    if v.ndim == 4 and v.shape[:2] == (1, 1) and v.shape[3] == 7:
        return np.maximum(abs(v).max(axis=(0, 1, 2), keepdims=True), 1e-6)
    return max(abs(v).max(), 1e-6)


def compare(name, have, want, limit, few=0):
    if have.size != want.size or have.dtype != np.float32:
        sys.exit('%s: %s %s, not %s' % (name, have.dtype, have.shape,
                                        want.shape))
    if not np.isfinite(want).all() or not want.any():
        sys.exit('%s: nothing to compare' % name)
    off = abs(have.reshape(want.shape) - want) / spread(want)
    off = np.sort(off, axis=None)[::-1][int(few * off.size)]
    print('%s %s: %.2g of %.3g' % (name, 'x'.join(map(str, have.shape)), off,
                                   abs(want).max()))
    return off <= limit


def describe(folder):
    where = folder + '/'
    lines = run('net-show', where + 'deploy.prototxt', '--phase', 'deploy',
                '--classes', '10', '--json').splitlines()
    layers = [x for x in map(json.loads, lines) if 'layer' in x]
    write_weights(where + 'random.caffemodel', layers)
    return layers


def judge_own(folder, options):
    describe(folder)
    r = subprocess.run(['model-export', folder, '--check', '--onnx',
                        folder + '/x.onnx', *options],
                       stderr=subprocess.PIPE, text=True)
    if r.returncode and not re.search(
            'is not offered|number depends on the data', r.stderr):
        sys.exit('%s: status %d: %s' % (folder, r.returncode, r.stderr))
    if r.returncode:
        print('not read: %s' % os.path.basename(folder))
    return True


def judge(folder, items, limit, few, options):
    import onnx
    import onnxruntime as ort
    where = folder + '/'
    layers = describe(folder)
    run('model-export', folder, '-q', '--onnx', where + 'x.onnx', '-f',
        *options)
    onnx.checker.check_model(where + 'x.onnx', full_check=True)
    o = ort.SessionOptions()
    o.intra_op_num_threads = 1
    o.log_severity_level = 3
    s = ort.InferenceSession(where + 'x.onnx', o,
                             providers=['CPUExecutionProvider'])
    if items and s.get_inputs()[0].shape[0] != 'N':
        items = s.get_inputs()[0].shape[0]
    feed = make_inputs(layers, items)
    names = [x.name for x in s.get_outputs()]
    args = []
    for k, v in feed.items():
        file = where + 'in-%s.npy' % k.replace('/', '_')
        np.save(file, v)
        args += ['--input', '%s=%s' % (k, file)]
    run('model-infer', '--device', 'cpu', '-q', '-m', folder,
        '--outputs', ','.join(names), '--npy', where + 'o.npy', '-f', *args)
    good = True
    wanted = [i.name for i in s.get_inputs()]
    for name, have in zip(names, s.run(
            names, {k: v for k, v in feed.items() if k in wanted})):
        file = where + ('o.npy' if len(names) == 1 else
                        'o.%s.npy' % name.replace('/', '__'))
        good &= compare('%s: %s' % (os.path.basename(folder), name), have,
                        np.load(file), limit, few)
    return good


def judge_all(folders, args):
    items, limit, few, options, only, own = 2, 1e-5, 0, [], None, False
    while args:
        if args[0] == '--items':
            items = int(args[1])
        elif args[0] == '--limit':
            limit = float(args[1])
        elif args[0] == '--own':
            own = True
            args = args[1:]
            continue
        elif args[0] == '--few':
            few = float(args[1])
        elif args[0] == '--only':
            only = args[1]
        else:
            options.append(args[0])
            args = args[1:]
            continue
        args = args[2:]
    folders = [f for f in folders if not only or os.path.basename(f) == only]
    bad = [f for f in folders if not (
        judge_own(f, options) if own else
        judge(f, items, limit, few, options))]
    if bad or not folders:
        sys.exit('not the same: %s' % ' '.join(bad))
    print('%d nets' % len(folders))


def nets(folder, *args):
    judge_all(sorted(os.path.dirname(x) for x in
                     glob.glob(folder + '/*/deploy.prototxt')), list(args))


def layers(path, folder, *args):
    """LIST: lines "# NAME [BLOB=]SHAPE..." before the layers of each net."""
    made = []
    for part in re.split(r'^# ', open(path).read(), flags=re.M)[1:]:
        head, _, body = part.partition('\n')
        name, *inputs = head.split()
        os.makedirs('%s/%s' % (folder, name))
        made.append('%s/%s' % (folder, name))
        with open(made[-1] + '/deploy.prototxt', 'w') as f:
            for i in inputs:
                blob_name, _, shape = i.rpartition('=')
                blob_name = blob_name or 'data'
                f.write('layer { name: "%s" type: "Input" top: "%s" '
                        'input_param { shape { %s } } }\n' % (
                            blob_name, blob_name, ' '.join(
                                'dim: ' + d for d in shape.split('x'))))
            f.write(body)
    judge_all(made, list(args))


def read_pnm(path):
    kind, w, h, _, data = open(path, 'rb').read().split(None, 4)
    v = np.frombuffer(data, np.uint8)
    return v.reshape(1, int(h), int(w), 3 if kind == b'P6' else 1)


def picture(folder, path, *options):
    import onnx
    import onnxruntime as ort
    where = folder + '/'
    run('model-export', folder, '-q', '--onnx', where + 'x.onnx', '-f',
        '--with-preparation', *options)
    onnx.checker.check_model(where + 'x.onnx', full_check=True)
    s = ort.InferenceSession(where + 'x.onnx',
                             providers=['CPUExecutionProvider'])
    name = s.get_outputs()[0].name
    run('model-infer', '--device', 'cpu', '-q', '-m', folder, path,
        '--outputs', name, '--npy', where + 'o.npy', '-f')
    if not compare(name, s.run([name], {'image': read_pnm(path)})[0],
                   np.load(where + 'o.npy'), 1e-5):
        sys.exit('not the same')


if __name__ == '__main__':
    {'picture': picture, 'deploy': deploy, 'nets': nets, 'layers': layers}[sys.argv[1]](
        *sys.argv[2:])
