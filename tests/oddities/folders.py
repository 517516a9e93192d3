"""Odd folders of pictures. Usage: folders.py OUT TREE; few/CLASS/*.png are beside
OUT. words are of what is said; classes=A,B: the classes that come of it."""
import os
import shutil

from odd import Table, args, png

out, tree = args()
t = Table(out)
few = os.path.join(os.path.dirname(out), 'few')


def copy(tree):
    """A function that makes the folder: {path: class of few, number or bytes}."""
    def make(path):
        for name, what in tree.items():
            to = os.path.join(path, name)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            if isinstance(what, bytes):
                with open(to, 'wb') as f:
                    f.write(what)
            elif what == 'dir':
                os.makedirs(to, exist_ok=True)
            elif what == 'fifo':
                os.mkfifo(to)
            elif what.startswith('link:'):
                os.symlink(what[5:], to)
            else:
                shutil.copytree(os.path.join(few, what), to)
    return make


def odd(name, verdict, words, tree):
    t.odd(name, verdict, words, copy(tree))


PIC = {c: os.path.join(few, c, sorted(os.listdir(os.path.join(few, c)))[0])
       for c in '012'}
GOOD = {'cat': '0', 'dog': '1'}

odd('plain', 'ok', 'cat,dog', GOOD)
odd('deep', 'ok', 'cat,dog', {'cat/2021/may': '0', 'dog/a/b/c/d': '1'})
odd('blanks', 'ok', 'big cat,dog', {'big cat': '0', 'dog': '1'})
odd('underscores', 'ok', 'big cat,dog', {'big_cat': '0', 'dog': '1'})
odd('utf8', 'ok', 'Bär,猫', {'Bär': '0', '猫': '1'})
odd('dots', 'ok', 'cat,dog', {**GOOD, '.thumbnails': '2', '.git/x': b'x'})
odd('quotes', 'ok', "it's,say \"hi\"", {"it's": '0', 'say "hi"': '1'})
odd('numbers', 'ok', '0,1,10,2', {'0': '0', '1': '1', '10': '2', '2': '0'})
odd('n01440764', 'ok', 'n01440764,n01443537', {'n01440764': '0', 'n01443537': '1'})
odd('other-files', 'ok', 'cat,dog', {**GOOD, 'README.md': b'hello',
    'cat/labels.csv': b'a,b\n', 'cat/Thumbs.db': b'x', 'LICENSE': b'MIT'})
odd('link', 'ok', 'cat,dog', {'cat': '0', 'dog': 'link:../../few/1'})
odd('link-loop', 'ok', 'cat,dog', {**GOOD, 'cat/again': 'link:..'})
odd('link-gone', 'ok', 'cat,dog', {**GOOD, 'bird': 'link:nowhere'})
odd('empty-class', 'bad', 'bird', {**GOOD, 'bird': 'dir'})
odd('one-picture', 'bad', 'bird', {**GOOD, 'bird/1.png': png(colour=0)})
odd('loose', 'said', '', {**GOOD, 'loose.png': png(colour=0)})
odd('parts', 'said', 'taken as parts', {'train/cat': '0', 'train/dog': '1',
                              'val/cat': '0', 'val/dog': '1'})
odd('parts-capital', 'said', 'taken as parts', {'Train/cat': '0', 'Train/dog': '1',
                                      'Test/cat': '0', 'Test/dog': '1'})
odd('validation', 'said', 'taken as parts', {'train/cat': '0', 'train/dog': '1',
                                   'validation/cat': '0', 'validation/dog': '1'})
odd('fifo', 'said', 'FIFO', {**GOOD, 'cat/pipe.png': 'fifo'})
odd('page', 'bad', 'HTML page', {**GOOD, 'cat/x.jpg': b'<html>404</html>'})
odd('clash', 3, '--class-map', {'a b': '0', 'a_b': '1', 'dog': '2'})
odd('underscore', 'ok', '_,cat,dog', {**GOOD, '_': '2'})
odd('newline', 'ok', '', {'cat': '0', 'dog': '1',
                         'cat/a\nb.png': png(colour=0)})
odd('case', 'ok', 'Cat,cat', {'Cat': '0', 'cat': '1'})

odd('one-class', 3, 'two are needed', {'cat': '0'})
odd('flat', 3, '', {'a.png': png(), 'b.png': png(colour=0)})
odd('empty', 3, 'no pictures', {'x': 'dir'})
odd('no-pictures', 3, 'no pictures', {'cat/a.txt': b'x', 'dog/b.csv': b'y'})
odd('all-bad', 3, 'none', {'cat/a.png': b'x', 'cat/b.png': b'y',
                           'dog/a.png': b'x', 'dog/b.png': b'y'})
odd('data-set', 3, 'data set', {'train_db/data.mdb': b'x', 'dataset.json': b'{}'})

t.close()
