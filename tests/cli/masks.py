#!/usr/bin/env python3
"""What is in PNG masks, and how well one is met, by plain loops.

    masks.py show FILE               its size, and its indices, a row a line
    masks.py palette FILE N          the first N colours of its palette
    masks.py compare CLASSES TRUTH ANSWER [TRUTH ANSWER]...
        pixel accuracy, mean IoU, mean Dice over all pairs; 255 is not counted
    masks.py write FILE W H PALETTE VALUE[xN]...   a PNG of indices; PALETTE RRGGBB...
"""
import struct
import sys
import zlib


def read(path):
    data = open(path, 'rb').read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n', 'no PNG'
    at, body, palette = 8, b'', b''
    while at < len(data):
        n, kind = struct.unpack('>I4s', data[at:at + 8])
        part = data[at + 8:at + 8 + n]
        if kind == b'IHDR':
            w, h, bits, colour = struct.unpack('>IIBB', part[:10])
            assert bits == 8 and colour in (0, 3), 'no mask of 8 bits'
        body += part if kind == b'IDAT' else b''
        palette = part if kind == b'PLTE' else palette
        at += 12 + n
    raw, rows, up = zlib.decompress(body), [], bytes(w)
    for y in range(h):
        f, row = raw[y * (w + 1)], bytearray(raw[y * (w + 1) + 1:(y + 1) * (w + 1)])
        for x in range(w):
            a, c = (row[x - 1], up[x - 1]) if x else (0, 0)
            p = a + up[x] - c
            best = min((abs(p - v), i, v) for i, v in enumerate((a, up[x], c)))[2]
            row[x] = (row[x] + [0, a, up[x], (a + up[x]) // 2, best][f]) & 255
        rows.append(row)
        up = row
    return rows, palette


def write(path, w, h, palette, words):
    values = []
    for word in words:
        v, _, n = word.partition('x')
        values += [int(v)] * int(n or 1)
    assert len(values) == w * h, len(values)

    def chunk(name, body):
        return (struct.pack('>I', len(body)) + name + body +
                struct.pack('>I', zlib.crc32(name + body)))
    rows = b''.join(b'\0' + bytes(values[y * w:(y + 1) * w]) for y in range(h))
    open(path, 'wb').write(
        b'\x89PNG\r\n\x1a\n' +
        chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 3, 0, 0, 0)) +
        chunk(b'PLTE', bytes.fromhex(palette)) +
        chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def mean(v):
    return sum(v) / len(v)


def compare(classes, files):
    m = [[0] * classes for _ in range(classes)]
    for truth, answer in zip(files[::2], files[1::2]):
        t, a = read(truth)[0], read(answer)[0]
        assert len(t) == len(a) and len(t[0]) == len(a[0]), 'sizes differ'
        for r, s in zip(t, a):
            for i, j in zip(r, s):
                if i != 255:
                    m[i][j] += 1
    true = [sum(r) for r in m]
    said = [sum(m[i][j] for i in range(classes)) for j in range(classes)]
    there = [i for i in range(classes) if true[i] + said[i] > 0]
    print('%.6f %.6f %.6f' % (
        sum(m[i][i] for i in there) / sum(true),
        mean([m[i][i] / (true[i] + said[i] - m[i][i]) for i in there]),
        mean([2 * m[i][i] / (true[i] + said[i]) for i in there])))


def main():
    what = sys.argv[1]
    if what == 'show':
        rows = read(sys.argv[2])[0]
        print('%dx%d' % (len(rows[0]), len(rows)))
        for r in rows:
            print(*r)
    elif what == 'palette':
        print(read(sys.argv[2])[1][:3 * int(sys.argv[3])].hex())
    elif what == 'write':
        write(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], sys.argv[6:])
    else:
        compare(int(sys.argv[2]), sys.argv[3:])


if __name__ == '__main__':
    main()
