"""Odd data sets: a good one with something changed. Usage: dsets.py OUT TREE; the
good one is OUT/../dset.

verdict,train=V: what comes of it in training; the verdict itself is dset-show's."""
import json
import os
import shutil
import struct

from odd import Table, args, png

out, tree = args()
t = Table(out)
good = os.path.join(os.path.dirname(out), 'dset')
with open(os.path.join(good, 'dataset.json'), encoding='utf-8') as f:
    NOTES = json.load(f)
with open(os.path.join(good, 'train_db/data.mdb'), 'rb') as f:
    MDB = f.read()
with open(os.path.join(good, 'mean.binaryproto'), 'rb') as f:
    MEAN = f.read()


def odd(name, verdict, words, files):
    def make(path):
        shutil.copytree(good, path)
        for n, data in files.items():
            n = os.path.join(path, n)
            if data is None:
                if os.path.isdir(n):
                    shutil.rmtree(n)
                else:
                    os.remove(n)
                continue
            with open(n, 'wb') as f:
                f.write(data if isinstance(data, bytes) else data.encode())
    t.odd(name, verdict, words, make)


def notes(**more):
    d = json.loads(json.dumps(NOTES))
    d.update(more)
    return {'dataset.json': json.dumps(d)}


def without(key):
    d = dict(NOTES)
    del d[key]
    return {'dataset.json': json.dumps(d)}


TEXT = json.dumps(NOTES)

# as people keep them
odd('plain', 'ok', '', {})
odd('no-lock', 'ok', '', {'train_db/lock.mdb': b''})
odd('junk', 'ok', '', {'.DS_Store': b'x', 'Thumbs.db': b'x', 'notes.txt': 'mine'})
odd('bom', 'ok', '', {'dataset.json': '\ufeff' + TEXT,
                      'labels.txt': '\ufeff0\n1\n2\n'})
odd('crlf', 'ok', '', {'dataset.json': TEXT.replace('\n', '\r\n'),
                       'labels.txt': '0\r\n1\r\n2\r\n'})
odd('no-newline', 'ok', '', {'labels.txt': '0\n1\n2'})
odd('unknown-keys', 'ok', '', notes(of_tomorrow={'a': [1]}))
odd('no-mean', 'ok,train=2', '', {'mean.binaryproto': None, 'mean.png': None})
odd('no-val', 'said', 'val_db', {'val_db': None})
odd('no-lists', 'ok', '', {'train.txt': None, 'val.txt': None})
odd('no-notes', 'ok', '', {'dataset.json': None})
odd('no-labels', 'ok', '', {'labels.txt': None})

# dataset.json
odd('notes-empty', 3, 'dataset.json', {'dataset.json': ''})
odd('notes-list', 3, 'dataset.json', {'dataset.json': '[]'})
odd('notes-cut', 3, 'dataset.json', {'dataset.json': TEXT[:-20]})
odd('notes-page', 3, 'HTML page', {'dataset.json': '<html>404</html>'})
odd('notes-utf16', 3, 'UTF-16', {'dataset.json': TEXT.encode('utf-16')})
odd('notes-nul', 3, 'dataset.json', {'dataset.json': TEXT[:50] + '\0' + TEXT[50:]})
odd('notes-deep', 3, 'dataset.json', {'dataset.json': '[' * 100000})
odd('task-number', 3, 'task', notes(task=7))
odd('task-unknown', 'said', 'juggling', notes(task='juggling'))
odd('shape-text', 3, 'shape', notes(shape='28x28'))

# what the notes say is not so
odd('classes-more', 'said', 'labels', {'labels.txt': '0\n1\n2\n3\n4\n'})
odd('labels-page', 3, 'HTML page', {'labels.txt': '<!DOCTYPE html><html></html>'})

# databases
odd('mdb-empty', 3, 'train_db', {'train_db/data.mdb': b''})
odd('mdb-zeros', 3, 'train_db', {'train_db/data.mdb': b'\0' * 36864})
odd('mdb-page', 3, 'HTML page', {'train_db/data.mdb': b'<html>404</html>' * 600})
odd('mdb-lfs', 3, 'Git LFS pointer', {'train_db/data.mdb':
    b'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 9\n' % 1})
odd('mdb-cut', 3, 'train_db', {'train_db/data.mdb': MDB[:len(MDB) // 2]})
odd('mdb-one-page', 3, 'train_db', {'train_db/data.mdb': MDB[:4096]})
odd('mdb-picture', 3, 'PNG picture', {'train_db/data.mdb': png()})
odd('mdb-32-bit', 3, 'train_db', {'train_db/data.mdb':
    MDB[:16] + struct.pack('<I', 0x0DEDEFBE) + MDB[20:]})
odd('mdb-gone', 4, 'train_db', {'train_db/data.mdb': None})
odd('train-gone', 'said,train=4', 'train', {'train_db': None})

# the mean
odd('mean-empty', 'ok,train=3', 'mean.binaryproto', {'mean.binaryproto': b''})
odd('mean-page', 'ok,train=3', 'HTML page', {'mean.binaryproto': b'<html>x</html>'})
odd('mean-cut', 'ok,train=3', 'mean.binaryproto', {'mean.binaryproto': MEAN[:-100]})
odd('mean-other', 'ok,train=3', 'mean.binaryproto',
    {'mean.binaryproto': MEAN.replace(b'\x1c', b'\x1b', 1)})

t.close()
