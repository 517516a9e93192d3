"""What the scripts of this folder share: odd things and what must come of them.

odd(name, verdict, words, data) writes the file (or calls data(path)) and a line
of the table "name TAB verdict TAB words", which the .bats file of the kind reads:

    ok    taken, and nothing is said
    said  taken, exit 0, and the words are said
    bad   one bad item, exit 1, named with the words
    N     exit N with the words
"""
import os
import struct
import sys
import zlib

sys.path.append(os.path.join(os.path.dirname(__file__), '../cli'))
import caffemodel  # noqa: E402, F401 (for those who import this)


class Table:
    def __init__(self, out):
        self.out = out
        os.makedirs(out, exist_ok=True)
        self.rows = []

    def odd(self, name, verdict, words, data):
        path = os.path.join(self.out, name)
        if callable(data):
            data(path)
        else:
            with open(path, 'wb') as f:
                f.write(data if isinstance(data, bytes) else data.encode())
        self.rows.append((name, str(verdict), words))

    def close(self):
        with open(self.out + '.table', 'w', encoding='utf-8') as f:
            for row in self.rows:
                f.write('\t'.join(row) + '\n')


def chunk(kind, data):
    return (struct.pack('>I', len(data)) + kind + data +
            struct.pack('>I', zlib.crc32(kind + data)))


PNG_MAGIC = b'\x89PNG\r\n\x1a\n'


def png(w=16, h=16, colour=2, depth=8, rows=None, before=b'', after=b''):
    """A PNG of any legal kind; rows: the bytes of each, without the filter's."""
    n = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] * depth * w
    if rows is None:
        rows = [bytes((x * 7 + y * 13) & 255 for x in range((n + 7) // 8))
                for y in range(h)]
    data = zlib.compress(b''.join(b'\0' + r for r in rows))
    head = struct.pack('>IIBBBBB', w, h, depth, colour, 0, 0, 0)
    return (PNG_MAGIC + chunk(b'IHDR', head) + before + chunk(b'IDAT', data) +
            after + chunk(b'IEND', b''))


def args():
    return sys.argv[1], sys.argv[2]
