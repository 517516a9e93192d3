"""Odd lists of pictures, used in the folder OUT/.., where few/CLASS/*.png are.
Usage: lists.py OUT TREE

verdict,infer=V: what model-infer makes of it; the verdict itself is dset-create's."""
import os

from odd import Table, args, png

out, tree = args()
t = Table(out)
odd = t.odd
here = os.path.dirname(out)
PICTURES = [(os.path.join('few', c, f), c) for c in '012'
            for f in sorted(os.listdir(os.path.join(here, 'few', c)))]
for name in ('a b.png', "it's.png", 'ü.png', 'x,y.png', '#1.png', '%d.png'):
    for i in '12':
        with open(os.path.join(here, i + name), 'wb') as f:
            f.write(png(colour=0, rows=[bytes([int(i) * 40 + len(name) + x
                                               for x in range(16)])] * 16))


def lines(sep=' ', name=lambda c: c, path=lambda p: p, end='\n', first=''):
    return first + ''.join(path(p) + sep + name(c) + end for p, c in PICTURES)


PLAIN = lines()

# as editors and people leave them
odd('plain', 'ok', '', PLAIN)
odd('bom', 'ok', '', '\ufeff' + PLAIN)
odd('crlf', 'ok', '', lines(end='\r\n'))
odd('no-newline', 'ok', '', PLAIN.rstrip())
odd('blank-lines', 'ok', '', PLAIN.replace('\n', '\n\n'))
odd('trailing-blanks', 'ok', '', lines(end='  \n'))
odd('tabs', 'ok', '', lines(sep='\t'))
odd('many-blanks', 'ok', '', lines(sep='      '))
odd('dot-slash', 'ok', '', lines(path=lambda p: './' + p))
odd('absolute', 'ok', '', lines(path=lambda p: os.path.join(here, p)))
odd('up-and-down', 'ok', '', lines(path=lambda p: 'few/../' + p))
odd('quoted', 'ok', '', lines(path=lambda p: '"%s"' % p))
odd('names', 'ok,infer=skip', '', lines(name=lambda c: ('cat', 'dog', 'bird')[int(c)]))
odd('names-with-blanks', 'ok,infer=skip', '', lines(
    sep='\t', name=lambda c: ('big cat', 'old dog', 'blue bird')[int(c)]))
odd('leading-zeros', 'ok', '', lines(name=lambda c: '00' + c))
odd('plus', 'ok,infer=skip', '', lines(name=lambda c: '+' + c))
for name in ('a b.png', "it's.png", 'ü.png', 'x,y.png', '#1.png', '%d.png'):
    odd('with-' + name.split('.')[0], 'ok', '',
        PLAIN + '1%s 0\n2%s 1\n' % (name, name))
odd('twice', 'said,infer=ok', 'same', PLAIN + PLAIN.splitlines()[0] + '\n')

# numbers that are not from 0 without gaps
odd('from-1', 'said,infer=skip', '--labels-from 1', lines(
    name=lambda c: str(int(c) + 1)))
odd('gaps', 'said,infer=skip', '', lines(name=lambda c: str(int(c) * 5)))

# some are bad
odd('one-gone', 'bad', 'gone.png', PLAIN + 'gone.png 1\n')
odd('no-label', 'bad,infer=skip', '', PLAIN + PICTURES[0][0] + '\n')
odd('negative', 'bad', '-1', PLAIN.replace(' 2\n', ' -1\n', 1))
odd('float', 'bad', '1.5', PLAIN.replace(' 1\n', ' 1.5\n', 1))
odd('huge', 'bad', '99999999999999999999', PLAIN.replace(' 1\n', ' 99999999999999999999\n', 1))
odd('folder', 'bad', 'few/0', PLAIN + 'few/0 1\n')
odd('device', 'bad', '/dev/zero', PLAIN + '/dev/zero 1\n')
odd('page', 'bad', 'HTML page', PLAIN + 'page.png 1\n')
with open(os.path.join(here, 'page.png'), 'wb') as f:
    f.write(b'<!DOCTYPE html><html></html>')

# nothing can come of them
odd('all-gone', 3, '--root', lines(path=lambda p: 'all-gone/' + p))
odd('empty', '3,infer=ok', 'no pictures', '')
odd('blank', '3,infer=ok', 'no pictures', '\n\n\n')
odd('is-page', 3, 'HTML page', '<!DOCTYPE html><html></html>')
odd('is-picture', 3, 'picture', png())
odd('utf16', 3, 'UTF-16', PLAIN.encode('utf-16'))
odd('nul', 'bad', '0 byte', PLAIN.replace(' ', '\0', 1))
odd('long-line', '3,create=bad', 'longer than 65536 bytes', 'x' * 200000 + ' 1\n' + PLAIN)

t.close()
