"""Archives that mean harm, one a case, into the folder given; prints names."""
import io
import os
import sys
import tarfile
import zipfile

out = sys.argv[1]
INFO = (b'{"name": "m", "framework": "caffe", "model file": "o.prototxt", '
        b'"snapshot file": "w.caffemodel"}')


def tar(case, *members, mode='w'):
    with tarfile.open(os.path.join(out, case + ('.tar.gz' if 'gz' in mode
                                                else '.tar')), mode) as t:
        def add(name, data=b'x', **more):
            i = tarfile.TarInfo(name)
            i.size = len(data) if not more else 0
            for k, v in more.items():
                setattr(i, k, v)
            t.addfile(i, io.BytesIO(data) if i.size else None)
        add('info.json', INFO)
        add('o.prototxt')
        add('w.caffemodel')
        for m in members:
            add(m[0], *m[1:2], **(m[2] if len(m) > 2 else {}))


def link(name, kind, to):
    return (name, b'', {'type': kind, 'linkname': to})


tar('parent', ('../escaped',))
tar('parent-inside', ('a/../../escaped',))
tar('absolute', ('/tmp/nnutils-escaped',))
tar('dot', ('./../escaped',))
tar('drive', ('C:\\escaped',))
tar('backslash', ('..\\escaped',))
tar('control', ('a\nb',))
tar('c1', ('a\x9bb',))
tar('bidi', ('a\u202exedni',))
tar('latin', ('a\udce4',))
tar('symlink', link('l', tarfile.SYMTYPE, '/etc/passwd'))
tar('symlink-through', link('d', tarfile.SYMTYPE, '/tmp'), ('d/nnutils-escaped',))
tar('hardlink', link('l', tarfile.LNKTYPE, '/etc/passwd'))
tar('hardlink-inside', link('l', tarfile.LNKTYPE, 'info.json'))
tar('device', ('null', b'', {'type': tarfile.CHRTYPE, 'devmajor': 1,
                             'devminor': 3}))
tar('block', ('sda', b'', {'type': tarfile.BLKTYPE, 'devmajor': 8}))
tar('fifo', ('pipe', b'', {'type': tarfile.FIFOTYPE}))
tar('twice', ('w.caffemodel',))
tar('case-fold', ('W.CAFFEMODEL',))
tar('deep', ('/'.join('abcdefghijklmnop') + '/x',))
tar('many', *[('f%d' % i,) for i in range(20000)])
tar('long', ('x' * 5000,))
tar('bomb', ('zeros', b'\0' * (400 << 20)), mode='w:gz')
with open(os.path.join(out, 'truncated.tar'), 'wb') as f:
    f.write(open(os.path.join(out, 'twice.tar'), 'rb').read()[:1100])
with open(os.path.join(out, 'garbage.tar.gz'), 'wb') as f:
    f.write(b'\x1f\x8b\x08' + bytes(range(256)) * 40)
with open(os.path.join(out, 'empty.zip'), 'wb') as f:
    f.write(b'')


def pack(case, *members):
    with zipfile.ZipFile(os.path.join(out, case + '.zip'), 'w',
                         zipfile.ZIP_DEFLATED) as z:
        z.writestr('info.json', INFO)
        z.writestr('o.prototxt', b'x')
        z.writestr('w.caffemodel', b'x')
        for name, data in members:
            z.writestr(name, data)


pack('zip-parent', ('../escaped', b'x'))
pack('zip-absolute', ('/tmp/nnutils-escaped', b'x'))
pack('zip-bidi', ('a\u202ex', b'x'))
pack('zip-case', ('W.CAFFEMODEL', b'x'))
pack('zip-bomb', ('zeros', b'\0' * (400 << 20)))
with zipfile.ZipFile(os.path.join(out, 'zip-symlink.zip'), 'w') as z:
    z.writestr('info.json', INFO)
    i = zipfile.ZipInfo('l')
    i.create_system = 3
    i.external_attr = 0o120777 << 16
    z.writestr(i, '/etc/passwd')
for f in sorted(os.listdir(out)):
    print(f)
