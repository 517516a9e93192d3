"""Odd archives of a model. Usage: archives.py OUT TREE; the model is OUT/../m."""
import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile

from odd import Table, args, png

out, tree = args()
t = Table(out)
odd = t.odd
model = os.path.join(os.path.dirname(out), 'm')
KEEP = ['info.json', 'deploy.prototxt', 'train_val.prototxt',
        'solver.prototxt', 'original.prototxt', 'labels.txt',
        'mean.binaryproto', 'snapshot_iter_3.caffemodel']
FILES = {}
for name in KEEP:
    with open(os.path.join(model, name), 'rb') as f:
        FILES[name] = f.read()


def tar(files, mode='w', form=tarfile.GNU_FORMAT, more=()):
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode=mode, format=form) as a:
        for n, d in files.items():
            i = tarfile.TarInfo(n)
            i.size = len(d)
            a.addfile(i, io.BytesIO(d))
        for i in more:
            a.addfile(i)
    return b.getvalue()


def pack(files, how=zipfile.ZIP_DEFLATED, comment=b''):
    b = io.BytesIO()
    with zipfile.ZipFile(b, 'w', how) as a:
        for n, d in files.items():
            a.writestr(n, d)
        a.comment = comment
    return b.getvalue()


def below(folder, files=None):
    return {folder + '/' + n: d for n, d in (files or FILES).items()}


def but(*names):
    return {n: d for n, d in FILES.items() if n not in names}


plain = tar(FILES)
junk = {'__MACOSX/._' + n: b'junk' for n in FILES}

# as people pack them
odd('plain.tar', 'ok', '', plain)
odd('gz.tar.gz', 'ok', '', tar(FILES, 'w:gz'))
odd('gz.tgz', 'ok', '', tar(FILES, 'w:gz'))
odd('bz2.tar.bz2', 'ok', '', tar(FILES, 'w:bz2'))
odd('xz.tar.xz', 'ok', '', tar(FILES, 'w:xz'))
odd('pax.tar', 'ok', '', tar(FILES, form=tarfile.PAX_FORMAT))
odd('ustar.tar', 'ok', '', tar(FILES, form=tarfile.USTAR_FORMAT))
odd('plain.zip', 'ok', '', pack(FILES))
odd('stored.zip', 'ok', '', pack(FILES, zipfile.ZIP_STORED))
odd('bzip2.zip', 'ok', '', pack(FILES, zipfile.ZIP_BZIP2))
odd('lzma.zip', 'ok', '', pack(FILES, zipfile.ZIP_LZMA))
odd('comment.zip', 'ok', '', pack(FILES, comment=b'made by hand'))
odd('gz-called.zip', 'ok', '', tar(FILES, 'w:gz'))
odd('zip-called.tar.gz', 'ok', '', pack(FILES))
odd('tar-called.tar.gz', 'ok', '', plain)
odd('top-folder.tar.gz', 'ok', '', tar(below('lenet'), 'w:gz'))
odd('top-folder.zip', 'ok', '', pack(below('my lenet v1.0')))
odd('dot-slash.tar', 'ok', '', tar(below('.')))
odd('macos.zip', 'ok', '', pack({**below('lenet'), **junk}))
odd('macos.tar', 'ok', '', tar({**{'._' + n: b'j' for n in FILES}, **FILES}))
odd('ds-store.zip', 'ok', '', pack({**below('lenet'), '.DS_Store': b'x',
                                    'lenet/.DS_Store': b'x'}))
odd('windows.zip', 'ok', '', pack({**FILES, 'Thumbs.db': b'x',
                                   'desktop.ini': b'x'}))
odd('backslashes.zip', 'ok', '', pack({n.replace('/', '\\'): d
                                   for n, d in below('lenet').items()}))
folder = tarfile.TarInfo('empty')
folder.type = tarfile.DIRTYPE
odd('empty-folder.tar', 'ok', '', tar(FILES, more=[folder]))
odd('padded.tar', 'ok', '', plain + b'\0' * 65536)
odd('no-end.tar', 'ok', '', plain.rstrip(b'\0') + b'\0' * (
    -len(plain.rstrip(b'\0')) % 512))
odd('after-the-end.tar.gz', 'ok', '', gzip.compress(plain) + b'\0' * 512)
odd('two-members.tar.gz', 'ok', '',
    gzip.compress(plain[:1000]) + gzip.compress(plain[1000:]))

# incomplete: what is missing is named
odd('no-weights.tar', 'bad', 'caffemodel', tar(but('snapshot_iter_3.caffemodel')))
odd('no-labels.tar', 'bad', 'labels.txt', tar(but('labels.txt')))
odd('no-mean.tar', 'bad', 'mean.binaryproto', tar(but('mean.binaryproto')))
odd('no-deploy.tar', 'bad', 'deploy.prototxt', tar(but('deploy.prototxt')))
odd('no-info.tar', 'ok', '', tar(but('info.json')))
odd('two-models.tar', 4, 'neither info.json', tar({**below('a'), **below('b')}))
odd('deep.tar', 'ok', '', tar(below('a/b/c')))

# info.json
for name, text, verdict, words in [
        ('empty', b'', 3, 'info.json'),
        ('list', b'[]', 3, 'info.json'),
        ('cut', FILES['info.json'][:-9], 3, 'info.json'),
        ('bom', b'\xef\xbb\xbf' + FILES['info.json'], 'ok', ''),
        ('page', b'<html>404</html>', 3, 'HTML page'),
        ('numbers', b'{"name": 3, "snapshot file": 4}', 3, ''),
        ('outside', b'{"name": "x", "snapshot file": "../../etc/passwd"}', 8,
         '../../etc/passwd')]:
    odd('info-%s.tar' % name, verdict, words,
        tar({**FILES, 'info.json': text}))

# something else, or not whole
odd('empty.tar', 3, '', b'')
odd('empty.zip', 3, '', pack({}))
odd('no-members.tar', 3, 'no files', tar({}))
odd('page.tar.gz', 3, 'HTML page', b'<!DOCTYPE html><html></html>')
odd('lfs.tar.gz', 3, 'Git LFS pointer',
    b'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\n' % 1)
odd('picture.zip', 3, 'PNG picture', png())
odd('text.tar', 3, '', b'hello\n' * 300)
odd('cut.tar', 3, '', plain[:len(plain) // 2])
odd('cut.tar.gz', 3, '', gzip.compress(plain)[:-2000])
odd('cut.tar.bz2', 3, '', bz2.compress(plain)[:-2000])
odd('cut.tar.xz', 3, '', lzma.compress(plain)[:-2000])
odd('cut.zip', 3, '', pack(FILES)[:-len(FILES['info.json'])])
flip = bytearray(pack(FILES))
flip[len(flip) // 2] ^= 0xff
odd('flipped.zip', 3, '', bytes(flip))
odd('rar.zip', 3, '', b'Rar!\x1a\7\0' + b'\0' * 100)

t.close()
