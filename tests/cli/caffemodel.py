#!/usr/bin/env python3
# Writes a .caffemodel: caffemodel.py OUT NET LAYER:SHAPE[,SHAPE...][=nan|=inf]...
# A SHAPE is numbers with x between them; the values follow from NET's name.
import struct
import sys


def varint(v):
    out = b''
    while v > 127:
        out += bytes([v & 127 | 128])
        v >>= 7
    return out + bytes([v])


def field(n, data):  # length-delimited
    return varint(n << 3 | 2) + varint(len(data)) + data


def blob(dims, values):
    shape = field(7, field(1, b''.join(varint(d) for d in dims)))
    return shape + field(5, struct.pack('<%df' % len(values), *values))


def layer(spec, seed):
    name, _, rest = spec.partition(':')
    shapes, _, odd = rest.partition('=')
    out = field(1, name.encode()) + field(2, b'InnerProduct')
    for k, s in enumerate(x for x in shapes.split(',') if x):
        dims = [int(d) for d in s.split('x')]
        n = 1
        for d in dims:
            n *= d
        v = [((i * 7 + seed) % 13 - 6) / 10 for i in range(n)]
        if k > 0:
            v = [0.1 if i % 2 == 0 else -0.1 for i in range(n)]
        if odd and k == 0:
            v[n // 2] = float(odd)
        out += field(7, blob(dims, v))
    return field(100, out)


def model(net, layers):
    seed = sum(net.encode())
    return field(1, net.encode()) + b''.join(layer(s, seed) for s in layers)


if __name__ == '__main__':
    with open(sys.argv[1], 'wb') as f:
        f.write(model(sys.argv[2], sys.argv[3:]))
