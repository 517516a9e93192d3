#!/usr/bin/env python3
# Says what is in a PNG of 8 bits, grey or RGB: pixels.py FILE size, or
# pixels.py FILE X,Y[=R,G,B[~TOLERANCE]]...: prints pixels, or fails on the first that
# is another.
import struct
import sys
import zlib


def read(path):
    data = open(path, 'rb').read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n', 'no PNG'
    at, body = 8, b''
    while at < len(data):
        n, kind = struct.unpack('>I4s', data[at:at + 8])
        part = data[at + 8:at + 8 + n]
        if kind == b'IHDR':
            w, h, bits, colour = struct.unpack('>IIBB', part[:10])
            assert bits == 8 and colour in (0, 2), 'not 8 bits, grey or RGB'
        if kind == b'IDAT':
            body += part
        at += 12 + n
    c = 1 if colour == 0 else 3
    raw, rows, before = zlib.decompress(body), [], bytes(w * c)
    for y in range(h):
        kind = raw[y * (w * c + 1)]
        row = bytearray(raw[y * (w * c + 1) + 1:(y + 1) * (w * c + 1)])
        for i in range(w * c):
            a = row[i - c] if i >= c else 0
            b = before[i]
            d = before[i - c] if i >= c else 0
            if kind == 1:
                row[i] = (row[i] + a) & 255
            elif kind == 2:
                row[i] = (row[i] + b) & 255
            elif kind == 3:
                row[i] = (row[i] + (a + b) // 2) & 255
            elif kind == 4:
                pa, pb, pd = abs(b - d), abs(a - d), abs(a + b - 2 * d)
                near = a if pa <= pb and pa <= pd else b if pb <= pd else d
                row[i] = (row[i] + near) & 255
        rows.append(row)
        before = row
    return w, h, c, rows


w, h, c, rows = read(sys.argv[1])
for word in sys.argv[2:]:
    if word == 'size':
        print('%dx%dx%d' % (w, h, c))
        continue
    place, _, want = word.partition('=')
    x, y = (int(v) for v in place.split(','))
    have = list(rows[y][x * c:x * c + c])
    if not want:
        print(place, *have)
        continue
    want, _, tolerance = want.partition('~')
    want = [int(v) for v in want.split(',')]
    if any(abs(a - b) > int(tolerance or 2) for a, b in zip(have, want)):
        sys.exit('%s: %s is %s, not %s' % (sys.argv[1], place, have, want))
