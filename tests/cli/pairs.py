#!/usr/bin/env python3
"""Data sets as DIGITS makes them from plug-ins: features/ and labels/ LMDBs.

    pairs.py DIR KIND N [SIZE]   DIR/train_db and DIR/val_db of N records:
        masks   a square on a ground, labels PNG of 0, 1 (the square), 255 (edge)
        boxes   the same, labels DIGITS's lists of boxes as floats
        both    masks, and in boxes/ beside labels/ the lists of boxes
    pairs.py DIR files FEATURE LABEL [FEATURE LABEL]...
        DIR/features and DIR/labels of picture files as they are
    pairs.py DIR list BOX FEATURE [BOX FEATURE]...
        the same with a box L,T,W,H for each picture of the same size

Written with liblmdb itself.
"""
import ctypes
import os
import random
import struct
import sys
import zlib

from caffemodel import varint

lmdb = ctypes.CDLL('liblmdb.so.0')


class Val(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('data', ctypes.c_char_p)]


def must(rc):
    if rc != 0:
        raise SystemExit('liblmdb: error %d' % rc)


def write(path, records):
    os.makedirs(path)
    env, txn = ctypes.c_void_p(), ctypes.c_void_p()
    dbi = ctypes.c_uint()
    must(lmdb.mdb_env_create(ctypes.byref(env)))
    must(lmdb.mdb_env_set_mapsize(env, ctypes.c_size_t(1 << 30)))
    must(lmdb.mdb_env_open(env, path.encode(), ctypes.c_uint(0x10000), 0o644))
    must(lmdb.mdb_txn_begin(env, None, ctypes.c_uint(0), ctypes.byref(txn)))
    must(lmdb.mdb_dbi_open(txn, None, ctypes.c_uint(0), ctypes.byref(dbi)))
    for i, value in enumerate(records):
        key = b'%09d' % i
        k, v = Val(len(key), key), Val(len(value), value)
        must(lmdb.mdb_put(txn, dbi, ctypes.byref(k), ctypes.byref(v),
                          ctypes.c_uint(0)))
    must(lmdb.mdb_txn_commit(txn))
    lmdb.mdb_env_close(env)


def datum(shape, data=None, floats=None, encoded=False):
    out = b''
    for field, n in enumerate(shape, 1):
        out += varint(field << 3) + varint(n)
    if data is not None:
        out += varint(4 << 3 | 2) + varint(len(data)) + data
    out += varint(5 << 3) + varint(0)
    for x in floats or []:
        out += varint(6 << 3 | 5) + struct.pack('<f', x)
    if encoded:
        out += varint(7 << 3) + varint(1)
    return out


def png(rows, channels):
    def chunk(kind, body):
        return (struct.pack('>I', len(body)) + kind + body +
                struct.pack('>I', zlib.crc32(kind + body)))
    head = struct.pack('>IIBBBBB', len(rows[0]) // channels, len(rows), 8,
                       2 if channels == 3 else 0, 0, 0, 0)
    body = b''.join(b'\0' + bytes(r) for r in rows)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) +
            chunk(b'IDAT', zlib.compress(body)) + chunk(b'IEND', b''))


def boxes(found, most):
    v = [0.0] * 16 * (most + 1)
    v[0], v[1] = len(found), 16
    for i, (x, y, w, h) in enumerate(found, 1):
        v[16 * i:16 * i + 6] = [x, y, w, h, 0, 1]
    return datum((1, most + 1, 16), floats=v)


def drawn(kind, n, side, seed):
    rng = random.Random(seed)
    features, labels, lists = [], [], []
    for _ in range(n):
        s = side // 4 + rng.randrange(side // 4)
        x, y = rng.randrange(side - s), rng.randrange(side - s)
        rows, mask = [], []
        for r in range(side):
            row, line = [], []
            for c in range(side):
                inside = x <= c < x + s and y <= r < y + s
                edge = inside and (c == x or r == y)
                row += [rng.randrange(40) + (180 if inside else 20),
                        rng.randrange(60), 90]
                line.append(255 if edge else int(inside))
            rows.append(row)
            mask.append(line)
        features.append(datum((3, side, side), png(rows, 3), encoded=True))
        labels.append(datum((1, side, side), png(mask, 1), encoded=True))
        lists.append(boxes([(x, y, s, s)], 4))
    if kind == 'masks':
        return {'features': features, 'labels': labels}
    if kind == 'boxes':
        return {'features': features, 'labels': lists}
    return {'features': features, 'labels': labels, 'boxes': lists}


def of_file(path):
    with open(path, 'rb') as f:
        data = f.read()
    w, h, _, colour = struct.unpack('>IIBB', data[16:26])
    return datum((3 if colour in (2, 6) else 1, h, w), data, encoded=True)


def main():
    out, kind, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
    if kind == 'files':
        pairs = list(zip(rest[::2], rest[1::2]))
        write(out + '/features', [of_file(a) for a, b in pairs])
        write(out + '/labels', [of_file(b) for a, b in pairs])
        return
    if kind == 'list':
        pairs = list(zip(rest[::2], rest[1::2]))
        write(out + '/features', [of_file(b) for a, b in pairs])
        write(out + '/labels', [boxes([tuple(map(float, a.split(',')))], 4)
                                for a, b in pairs])
        return
    side = int(rest[1]) if len(rest) > 1 else 32
    for part, seed in ('train', 1), ('val', 2):
        for name, records in drawn(kind, int(rest[0]), side, seed).items():
            write('%s/%s_db/%s' % (out, part, name), records)


main()
