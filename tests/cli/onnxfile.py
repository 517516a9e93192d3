#!/usr/bin/env python3
# Writes a small classifier as a file of ONNX: onnxfile.py OUT [WORD]... [KEY=VALUE]...
# Words: open (height and width are left open), softmax (at the end), wide (60x40
# pictures), conv (the scores by a 1x1 convolution), map (scores of all pixels),
# flat (scores of the pixels as they are: for one size alone).
# KEY=VALUE goes into metadata_props.
import struct
import sys


def varint(v):
    v &= (1 << 64) - 1
    out = b''
    while v > 127:
        out += bytes([v & 127 | 128])
        v >>= 7
    return out + bytes([v])


def data(n, v):  # length-delimited
    v = v.encode() if isinstance(v, str) else v
    return varint(n << 3 | 2) + varint(len(v)) + v


def number(n, v):
    return varint(n << 3) + varint(v)


def tensor(name, dims, seed):
    n = 1
    for d in dims:
        n *= d
    v = [((i * 7 + seed) % 13 - 6) / 10 for i in range(n)]
    return data(5, b''.join(number(1, d) for d in dims) + number(2, 1) +
                data(8, name) + data(9, struct.pack('<%df' % n, *v)))


def ints(name, v):
    return data(5, data(1, name) + b''.join(number(8, i) for i in v) +
                number(20, 7))


def node(op, ins, out, *attributes):
    return data(1, b''.join(data(1, i) for i in ins) + data(2, out) +
                data(3, out) + data(4, op) + b''.join(attributes))


def value(n, name, dims):
    shape = b''
    for d in dims:
        shape += data(1, data(2, d) if isinstance(d, str) else number(1, d))
    return data(n, data(1, name) +
                data(2, data(1, number(1, 1) + data(2, shape))))


def model(words, notes):
    size = ['h', 'w'] if 'open' in words else \
        [40, 60] if 'wide' in words else [16, 16]
    g = node('Conv', ['input', 'w1', 'b1'], 'c1', ints('pads', [1, 1, 1, 1]),
             ints('strides', [1, 1] if 'map' in words else [2, 2]))
    g += node('Relu', ['c1'], 'r1')
    last = 'scores' if 'softmax' in words else 'output'
    if 'conv' in words or 'map' in words:
        g += tensor('w2', [3, 4, 1, 1], 5)
        g += node('Conv', ['r1', 'w2', 'b2'], 'c2' if 'conv' in words
                  else last)
        if 'conv' in words:
            g += node('GlobalAveragePool', ['c2'], 'p')
            g += node('Flatten', ['p'], last)
    elif 'flat' in words:
        g += tensor('w2', [256, 3], 5)
        g += node('Flatten', ['r1'], 'f')
        g += node('Gemm', ['f', 'w2', 'b2'], last)
    else:
        g += tensor('w2', [4, 3], 5)
        g += node('GlobalAveragePool', ['r1'], 'p')
        g += node('Flatten', ['p'], 'f')
        g += node('Gemm', ['f', 'w2', 'b2'], last)
    if 'softmax' in words:
        g += node('Softmax', ['scores'], 'output')
    g += data(2, 'g')
    g += tensor('w1', [4, 3, 3, 3], 3) + tensor('b1', [4], 1)
    g += tensor('b2', [3], 2)
    g += value(11, 'input', ['N', 3] + size)
    g += value(12, 'output', ['N', 3] + (size if 'map' in words else []))
    out = number(1, 8) + data(2, 'nnutils tests') + data(7, g)
    out += data(8, data(1, '') + number(2, 17))
    for n in notes:
        k, _, v = n.partition('=')
        out += data(14, data(1, k) + data(2, v))
    return out


if __name__ == '__main__':
    rest = sys.argv[2:]
    with open(sys.argv[1], 'wb') as f:
        f.write(model([r for r in rest if '=' not in r],
                      [r for r in rest if '=' in r]))
