"""What people write without us: Pillow and python3-lmdb, in several processes.

dset.py DIR OUT none|jpg|png [PROCESSES]: pictures of class folders into an LMDB
of Datums, 256x256.  Prints pictures per second.
"""
import io
import multiprocessing
import os
import sys
import time

import lmdb
from PIL import Image


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def datum(job):
    path, label, how = job
    im = Image.open(path).convert("RGB").resize((256, 256), Image.BILINEAR)
    if how == "none":
        r, g, b = im.split()
        data = b.tobytes() + g.tobytes() + r.tobytes()
    else:
        f = io.BytesIO()
        im.save(f, "JPEG" if how == "jpg" else "PNG", quality=90)
        data = f.getvalue()
    return (
        b"\x08\x03\x10\x80\x02\x18\x80\x02\x22" + varint(len(data)) + data
        + b"\x28" + varint(label) + (b"" if how == "none" else b"\x38\x01")
    )


def main():
    folder, out, how = sys.argv[1:4]
    processes = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    jobs = []
    for label, name in enumerate(sorted(os.listdir(folder))):
        for f in sorted(os.listdir(os.path.join(folder, name))):
            jobs.append((os.path.join(folder, name, f), label, how))
    start = time.time()
    env = lmdb.open(out, map_size=1 << 40)
    pool = multiprocessing.Pool(processes) if processes > 1 else None
    values = pool.imap(datum, jobs, 16) if pool else map(datum, jobs)
    txn = env.begin(write=True)
    for i, value in enumerate(values):
        txn.put(b"%08d_%d" % (i, jobs[i][1]), value)
        if i % 100 == 99:
            txn.commit()
            txn = env.begin(write=True)
    txn.commit()
    env.sync()
    print("%.0f" % (len(jobs) / (time.time() - start)))


main()
