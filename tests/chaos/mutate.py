"""Files changed at random, through every program that reads them: each ends by
itself, with a status of the table, and says why when it is not 0."""
import os
import random
import re
import shutil

from jobs import samples
from world import read, snapshot, write

EDGES = (0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
         0xffffffff, 0x7fffffffffffffff, 0x8000000000000000,
         0xffffffffffffffff)
WORDS = (b'-1', b'0', b'1e308', b'nan', b'4294967296', b'9223372036854775807',
         b'', b'"', b'{', b'}', b'../x', b'/', b'\0', b'\xff', b'\n', b'null',
         b'[' * 200, b'x' * 5000, b'\xe2\x80\xae', b'layer {}', b': ')
MANY = 150  # files of one run, for programs that take many


def change_bytes(data, rng):
    at = rng.randrange(len(data))
    if len(data) > 64 and rng.random() < 0.4:
        at = rng.randrange(64)
    way = rng.randrange(8)
    if way <= 1:
        data[at] ^= 1 << rng.randrange(8)
    elif way == 2:
        width = 1 << rng.randrange(4)
        v = rng.choice(EDGES) & (1 << 8 * width) - 1
        data[at:at + width] = v.to_bytes(width, rng.choice(('big', 'little')))
    elif way == 3:
        del data[at:at + rng.randint(1, 64)]
    elif way == 4:
        start = rng.randrange(len(data))
        data[at:at] = data[start:start + rng.randint(1, 64)]
    elif way == 5 and rng.random() < 0.3:
        del data[at:]
    elif way == 6:
        data[at:at + 16] = rng.randbytes(16)
    else:
        data[at] = rng.randrange(256)


def change_text(data, rng):
    way = rng.randrange(4)
    tokens = [m.span() for m in re.finditer(rb'[\w.+-]+|[^\s\w]', bytes(data))]
    if not tokens:
        return
    a, b = rng.choice(tokens)
    if way == 0:
        data[a:b] = rng.choice(WORDS)
    elif way == 1:
        c, d = rng.choice(tokens)
        data[a:b] = data[c:d]
    elif way == 2:
        del data[a:b]
    else:  # a line or more, once more or gone
        lines = bytes(data).split(b'\n')
        i = rng.randrange(len(lines))
        n = rng.randint(1, 4)
        if rng.random() < 0.5:
            del lines[i:i + n]
        else:
            lines[i:i] = lines[i:i + n]
        data[:] = b'\n'.join(lines)


def mutate(data, rng):
    text = b'\0' not in data[:1000]
    out = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        if not out:
            break
        if text and rng.random() < 0.7:
            change_text(out, rng)
        else:
            change_bytes(out, rng)
    return bytes(out)


def clone(src, to):
    """The same folder, its files being the same until they are replaced."""
    shutil.copytree(src, to, copy_function=os.link)


def spoil(path, data):
    if os.path.lexists(path):
        os.unlink(path)
    write(path, data)


class Kind:
    """Files of a kind: a changed one of the originals becomes the file rel, in a
    copy of folder where there is one, and the commands read it there."""

    def __init__(self, name, originals, commands, folder=None, rel='x',
                 copied=False, many=None):
        self.many = many
        self.name, self.originals, self.commands = name, originals, commands
        self.folder, self.rel, self.copied = folder, rel, copied

    def put(self, world, place, data):
        if self.folder is not None:
            to = os.path.join(place, os.path.basename(self.folder))
            if self.copied:
                shutil.copytree(self.folder, to)
            else:
                clone(self.folder, to)
        path = os.path.join(place, self.rel)
        spoil(path, data)
        return path


def words(text):
    return text.split()


def kinds(w):
    tree, m, dset, dset5 = w.tree, w.path('m'), w.path('dset'), w.path('dset5')
    weights = snapshot(m)
    state = weights.replace('.caffemodel', '.solverstate')
    corpus = tree + '/tests/fuzz/corpus/'
    net = ['net-show -q x --check', 'net-show -q x --json',
           'model-train -q -d {W}/dset -n x --dry-run -o o']
    infer = 'model-infer -q -m m ' + w.pictures()[0]
    show = ['dset-show -q dset --verify', 'dset-show -q dset --stats',
            'model-train -q -d dset -n lenet -b 2 -e 1 -o o',
            'model-infer -q -m {W}/m --db dset/train_db',
            'dset-show -q dset --export o', 'dset-show -q dset --cat']
    h5 = corpus + 'caffe-hdf5/'
    mdb = dset + '/train_db/data.mdb'
    rows = next(f for f in walk(dset5 + '/train_db') if f.endswith('.h5'))
    write(w.path('list'), b''.join(b'%s/few/%d/%s %d\n' % (
        w.root.encode(), c, n.encode(), c) for c in range(3)
        for n in sorted(os.listdir(w.path('few/%d' % c)))))
    write(w.path('classes'), b'0\tnone\n1\tone\n2\tone\n')
    v = [
        Kind('prototxt', [m + '/train_val.prototxt', m + '/original.prototxt'] +
             [corpus + 'nn-net/' + n for n in os.listdir(corpus + 'nn-net')],
             net),
        Kind('deploy', [m + '/deploy.prototxt'],
             [infer, 'model-show -q m', 'model-pack -q m -o o.tar',
              'model-import -q m -o o'], m, 'm/deploy.prototxt'),
        Kind('solver', [m + '/solver.prototxt',
                        corpus + 'caffe-text/solver.prototxt'],
             ['model-train -q --solver-file m/solver.prototxt --dry-run -o o'],
             m, 'm/solver.prototxt'),
        Kind('caffemodel', [m + '/' + weights],
             [infer, 'model-show -q m', 'model-import -q m -o o',
              'model-import -q --weights m/%s --net {W}/m/deploy.prototxt -o o'
              % weights, 'model-train -q -d {W}/dset -n lenet -b 9 -e 1 -p m/%s '
              '-o o' % weights, 'store-index -q m'], m, 'm/' + weights),
        Kind('solverstate', [m + '/' + state],
             ['model-train -q --resume -e 2 -o m'], m, 'm/' + state, True),
        Kind('binaryproto', [m + '/mean.binaryproto'],
             [infer, 'model-show -q m', 'model-import -q --weights {W}/m/%s '
              '--net {W}/m/deploy.prototxt --mean m/mean.binaryproto -o o'
              % weights], m, 'm/mean.binaryproto'),
        Kind('mean of a set', [dset + '/mean.binaryproto'], show[:1] + show[2:3],
             dset, 'dset/mean.binaryproto'),
        Kind('caffemodel.h5', [h5 + 'weights'],
             ['model-train -q -d {W}/dset -n lenet -b 9 -e 1 -p x.h5 -o o',
              'model-import -q --weights x.h5 --net {W}/m/deploy.prototxt -o o',
              'model-show -q x.h5'], None, 'x.h5'),
        Kind('set in HDF5', [rows], [c.replace(' dset', ' dset5')
                                     for c in show], dset5,
             os.path.relpath(rows, w.root)),
        Kind('LMDB', [mdb], show + ['job-list -q .'], dset,
             'dset/train_db/data.mdb'),
        Kind('dataset.json', [dset + '/dataset.json'],
             ['job-list -q .'] + show[:3], dset, 'dset/dataset.json'),
        Kind('info.json', [m + '/info.json'],
             [infer, 'model-show -q m', 'job-list -q .', 'store-index -q .',
              'model-pack -q m -o o.tar', 'model-import -q m -o o',
              'store-pull -q -s . -o o m', 'store-list -q . --refresh'], m,
             'm/info.json'),
        Kind('train.ndjson', [m + '/train.ndjson'],
             ['model-show -q m', 'job-list -q .',
              'model-pack -q m -o o.tar'], m, 'm/train.ndjson'),
        Kind('train.ndjson, resumed', [m + '/train.ndjson', m + '/info.json'],
             ['model-train -q --resume -e 2 -o m'], m, 'm/train.ndjson', True),
        Kind('manifest.json', [w.path('store/manifest.json')],
             ['store-list -q store --refresh', 'store-pull -q -s store -o o m',
              'store-index -q --check store'], w.path('store'),
             'store/manifest.json'),
        Kind('master.json', [w.path('store/master.json')],
             ['store-list -q store --refresh', 'store-pull -q -s store -o o m',
              'store-index -q --check store'], w.path('store'),
             'store/master.json'),
        Kind('readme.md', [w.path('card/readme.md')],
             ['zoo-fetch -q --retries 0 card -o o',
              'zoo-publish -q --dry-run card'], w.path('card'),
             'card/readme.md'),
        Kind('list', [w.path('list')],
             ['dset-create -q --size 9x9 --list x -o o',
              'model-infer -q -m {W}/m --list x']),
        Kind('labels', [m + '/labels.txt', w.path('classes')],
             ['dset-create -q --size 9x9 --list {W}/list --labels x -o o',
              'dset-create -q --size 9x9 --class-map x -o o {W}/few']),
        Kind('idx', [w.path('raw/train-images-idx3-ubyte'),
                     w.path('raw/t10k-labels-idx1-ubyte')],
             ['dset-fetch -q mnist --from raw -o o'], w.path('raw'),
             'raw/train-images-idx3-ubyte'),
    ]
    boxes = 'dset-create -q -t detection -o o --images %s --labels %s'
    for f, images, labels, rel in (
            ('kitti', 'train/images', 'train/labels', 'train/labels/000000003.txt'),
            ('voc', 'JPEGImages', 'Annotations', 'Annotations/train_000000003.xml'),
            ('yolo', 'images/train', 'labels/train', 'labels/train/000000003.txt'),
            ('yolo', 'images/train', 'labels/train', 'data.yaml'),
            ('coco', 'images/train', 'annotations',
             'annotations/instances_train.json')):
        top = 'boxes.%s/' % f
        v.append(Kind('labels of ' + f, [w.path(top + rel)],
                      [boxes % (top + images, top + labels)],
                      w.path('boxes.' + f), top + rel))
    v.append(Kind('samples', [samples(w)],
                  ['dset-create -q -t stream -o o x.tar',
                   'dset-create -q -t stream --label-pictures mask --depth 16 -o o '
                   'x.tar'], None, 'x.tar'))
    # many in one run, which so cost little each
    v += 4 * [Kind('pictures', [], [], many=pictures),
              Kind('papers', [], [], many=papers)]
    for end in 'tar', 'tar.gz', 'zip', 'tar.xz', 'tar.bz2':
        w.need('model-pack', '-q', 'm', '-o', 'a.' + end)
        v.append(Kind('archive ' + end, [w.path('a.' + end)],
                      ['model-import -q x.%s -o o' % end,
                       'model-show -q x.' + end], None, 'x.' + end))
    return v


def walk(folder):
    return [os.path.join(top, n) for top, _, names in os.walk(folder)
            for n in names]


def one_kind(world, kind, rng, seed):
    place = world.path('mutate-%s' % seed)
    os.makedirs(place)
    path = kind.put(world, place, mutate(read(rng.choice(kind.originals)), rng))
    world.count('mutate: files')
    for text in rng.sample(kind.commands, min(2, len(kind.commands))):
        run_one(world, kind.name, words(text.format(W=world.root)), place,
                [path])
    shutil.rmtree(place)


def run_one(world, name, args, place, files):
    r = world.run(args, place)
    world.count('mutate: runs')
    world.count('mutate: status %d' % r.status)
    wrong = r.crash()
    if wrong is None and not (0 <= r.status <= 9 or r.status == 75):
        wrong = 'status %d' % r.status
    if wrong is None and r.status and not r.err:
        wrong = 'status %d without a word' % r.status
    if wrong is not None:
        world.report('%s: %s: %s' % (name, ' '.join(args[:1]), wrong), r, files)
    if os.path.lexists(place + '/o'):
        shutil.rmtree(place + '/o')
    return wrong


# ---- many in one run

def pictures(world, rng, place):
    originals = walk(world.tree + '/tests/golden/image') + \
        walk(world.path('few'))
    names = []
    for i in range(MANY):
        src = rng.choice(originals)
        to = os.path.join(place, 'd', str(i % 2))
        os.makedirs(to, exist_ok=True)
        names.append(os.path.join(to, '%d%s' % (i, os.path.splitext(src)[1])))
        write(names[-1], mutate(read(src), rng))
    write(os.path.join(place, 'd/list'), '\n'.join(names).encode())
    return rng.choice((
        'dset-create -q --size 16x12 --max-bad 100% -o o d',
        'dset-create -q --size 40x40 --resize fill --encoding jpg --max-bad 100%'
        ' -o o d',
        'model-infer -q -m {W}/m --list d/list',
        'model-infer -q -m {W}/m --crop ten --list d/list'))


def papers(world, rng, place):
    """Folders of models and sets, of which only the papers are read."""
    for i in range(MANY):
        kind = rng.choice(('m', 'm', 'dset'))
        to = os.path.join(place, 'd', 'x%d' % i)
        os.makedirs(to)
        names = ('info.json', 'train.ndjson') if kind == 'm' else \
            ('dataset.json',)
        for n in names:
            write(os.path.join(to, n),
                  mutate(read(world.path(kind, n)), rng))
    return rng.choice(('job-list -q d', 'job-list -q --json d',
                       'store-index -q d', 'store-list -q d --refresh'))


def many(world, make, rng, seed):
    place = world.path('mutate-%s' % seed)
    os.makedirs(place)
    text = make(world, rng, place)
    world.count('mutate: files', MANY)
    run_one(world, '%d %s' % (MANY, make.__name__),
            words(text.format(W=world.root)), place, [place])
    shutil.rmtree(place)


def one(world, all_kinds, seed):
    rng = random.Random(seed)
    kind = rng.choice(all_kinds)
    if kind.many is not None:
        many(world, kind.many, rng, seed)
    else:
        one_kind(world, kind, rng, seed)
