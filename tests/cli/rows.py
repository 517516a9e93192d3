#!/usr/bin/env python3
"""The rows of masks that dset-show exported, in hexadecimal, a line each: 8 bits, a
palette."""
import struct, sys, zlib
for path in sys.argv[1:]:
    b = open(path, 'rb').read()
    assert b[25] == 3, 'no palette'
    w, h = struct.unpack('>II', b[16:24])
    at, data, palette = 8, b'', b''
    while at < len(b):
        n = struct.unpack('>I', b[at:at + 4])[0]
        name, body = b[at + 4:at + 8], b[at + 8:at + 8 + n]
        assert zlib.crc32(name + body) == struct.unpack('>I', b[at + 8 + n:at + 12 + n])[0]
        data += body if name == b'IDAT' else b''
        palette = body if name == b'PLTE' else palette
        at += 12 + n
    assert len(palette) == 768
    raw, up = zlib.decompress(data), bytes(w)
    out = []
    for y in range(h):
        f, r = raw[y * (w + 1)], bytearray(raw[y * (w + 1) + 1:(y + 1) * (w + 1)])
        for x in range(w):
            a, c = (r[x - 1], up[x - 1]) if x else (0, 0)
            p = a + up[x] - c
            best = min((abs(p - v), i, v) for i, v in enumerate((a, up[x], c)))[2]
            r[x] = (r[x] + [0, a, up[x], (a + up[x]) // 2, best][f]) & 255
        up = bytes(r)
        out.append(up.hex())
    print(' '.join(out))
