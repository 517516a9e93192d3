"""tfevents.py FILE...: what TensorBoard would read of event files, in plain Python.

Prints "STEP version TEXT", "STEP scalar TAG VALUE", "STEP image TAG HxW BYTES",
"STEP histogram TAG NUM MIN MAX", "STEP node NAME OP INPUTS".  Every checksum is
proven; a file that does not end with a whole record ends with "cut".
"""
import struct, sys

TABLE = []
for i in range(256):
    for _ in range(8):
        i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
    TABLE.append(i)


def masked(data):
    c = 0xFFFFFFFF
    for b in data:
        c = c >> 8 ^ TABLE[(c ^ b) & 255]
    c ^= 0xFFFFFFFF
    return ((c >> 15 | c << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(p, at):
    v = shift = 0
    while True:
        v |= (p[at] & 127) << shift
        shift += 7
        at += 1
        if p[at - 1] < 128:
            return v, at


def fields(p):
    at = 0
    while at < len(p):
        tag, at = varint(p, at)
        kind = tag & 7
        if kind == 0:
            v, at = varint(p, at)
        else:
            n = {1: 8, 5: 4}.get(kind)
            if n is None:
                assert kind == 2, kind
                n, at = varint(p, at)
            assert at + n <= len(p)
            v, at = p[at:at + n], at + n
        yield tag >> 3, v


def message(p):
    m = {}
    for field, v in fields(p):
        m.setdefault(field, []).append(v)
    return m


def double(v):
    return struct.unpack("<d", v)[0]


def show_value(step, v):
    tag = v[1][0].decode()
    if 2 in v:
        print(step, "scalar", tag, "%.6g" % struct.unpack("<f", v[2][0])[0])
    if 4 in v:
        i = message(v[4][0])
        assert i[4][0].startswith(b"\x89PNG")
        print(step, "image", tag, "%dx%d" % (i[1][0], i[2][0]), len(i[4][0]))
    if 5 in v:
        h = message(v[5][0])
        n = len(h[6][0]) // 8
        limits, counts = (struct.unpack("<%dd" % n, h[k][0]) for k in (6, 7))
        assert sum(counts) == double(h[3][0]), counts
        assert list(limits) == sorted(limits) and limits[-1] == double(h[2][0])
        print(step, "histogram", tag, *("%g" % double(h[k][0]) for k in (3, 1, 2)))


def show(event):
    step = event.get(2, [0])[0]
    assert double(event[1][0]) > 1.7e9
    for text in event.get(3, []):
        print(step, "version", text.decode())
    for summary in event.get(5, []):
        for v in message(summary)[1]:
            show_value(step, message(v))
    for graph in event.get(4, []):
        for node in message(graph)[1]:
            n = message(node)
            print(step, "node", *(n[k][0].decode() for k in (1, 2)),
                  ",".join(i.decode() for i in n.get(3, [])))


for path in sys.argv[1:]:
    data = open(path, "rb").read()
    at = 0
    while at < len(data):
        if at + 12 > len(data):
            print("cut")
            break
        n, crc = struct.unpack_from("<QI", data, at)
        assert crc == masked(data[at:at + 8]), (path, at)
        body = data[at + 12:at + 12 + n]
        if at + 16 + n > len(data):
            print("cut")
            break
        assert struct.unpack_from("<I", data, at + 12 + n)[0] == masked(body)
        show(message(body))
        at += 16 + n
