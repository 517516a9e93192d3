"""What is in a safetensors file, read as the format's page tells: usage
safetensors.py FILE [NAME].  Without NAME a line for each array: name, type, shape;
with it its numbers."""
import json
import struct
import sys

data = open(sys.argv[1], "rb").read()
length, = struct.unpack("<Q", data[:8])
assert length % 8 == 0
header = json.loads(data[8:8 + length])
meta = header.pop("__metadata__", {})
body = data[8 + length:]
ends = sorted(v["data_offsets"] for v in header.values())
assert ends[0][0] == 0 and ends[-1][1] == len(body)
assert all(a[1] == b[0] for a, b in zip(ends, ends[1:]))
if len(sys.argv) == 2:
    print("format", meta["format"])
    for name, v in header.items():
        print(name, v["dtype"], *v["shape"])
else:
    begin, end = header[sys.argv[2]]["data_offsets"]
    print(*("%g" % v for v in
            struct.unpack("<%df" % ((end - begin) // 4), body[begin:end])))
