"""The programs that write: what they are called with, what comes of it, and
whether that is whole."""
import io
import os
import re
import shutil
import subprocess
import tarfile
import threading
import time

from world import fingerprint, hidden, load_json, snapshot, write

# Papers that tell the time at which they were written.
DATED = ('.json', '.ndjson', '.log', '.lock', '.prototxt')
# Calls that change files, or say where the next ones go.
CALLS = ('write', 'pwrite64', 'writev', 'fsync', 'fdatasync', 'rename',
         'renameat', 'renameat2', 'ftruncate', 'fallocate', 'unlink',
         'unlinkat', 'rmdir', 'mkdir', 'mkdirat', 'openat', 'close', 'mmap',
         'munmap', 'msync', 'flock', 'fchmod', 'read', 'pread64', 'lseek',
         'newfstatat', 'getdents64', 'link', 'linkat', 'symlink', 'utimensat',
         'copy_file_range', 'sendfile', 'socket', 'connect', 'sendto',
         'recvfrom', 'poll')


class Job:
    """A command line that makes `out` in the current folder.

    old     the words of another one that makes it differently, or None
    verify  function of (job, folder) that says what is wrong with a product that
            is new, or None; by default it is to be the reference, byte for byte
    again   words for the run that goes on after one that was killed
    """

    def __init__(self, world, name, words, out, old=None, verify=None,
                 force=('-f',), again=None, prepare=None):
        self.world, self.name, self.words, self.out = world, name, words, out
        self.old_words, self.force, self.prepare = old, force, prepare
        self.again = again
        self.verify = verify or Job.same
        self.lock = threading.Lock()
        self.seconds, self.calls, self.loader = 1.0, {}, {}
        self.home = world.path('jobs', name)

    def fill(self, words):
        return [w.format(W=self.world.root, URL=self.world.url) for w in words]

    def args(self, force=False):
        return self.fill(self.words) + list(self.force if force else ())

    def learn(self):
        """The reference, the old product, how long it takes, its calls."""
        os.makedirs(self.home)
        for name, words in ('new', self.words), ('old', self.old_words):
            place = os.path.join(self.home, name)
            self.place(place)
            if words is None:
                continue
            start = time.monotonic()
            r = self.world.run(self.fill(words), place)
            self.seconds = time.monotonic() - start
            if r.status or r.crash():
                raise SystemExit('chaos: %s: %s %s' % (
                    self.name, r.status, r.err.decode(errors='replace')))
        new = os.path.join(self.home, 'new', self.out)
        self.reference, self.heart = fingerprint(new), fingerprint(new, DATED)
        self.before = fingerprint(os.path.join(self.home, 'old', self.out))

    def count_calls(self):
        with self.lock:
            if not self.calls:
                self.count_them()

    def count_them(self):
        place = os.path.join(self.home, 'count')
        self.place(place)
        self.calls = count(self.world, self.args(), place)
        # those of the loader are everybody's
        self.loader = count(self.world, [self.words[0], '-V'], place)
        shutil.rmtree(place)

    def place(self, place, old=False):
        """A folder to run in, with the old product if wished."""
        os.makedirs(place)
        if self.prepare is not None:
            self.prepare(self, place)
        if old:
            src = os.path.join(self.home, 'old')
            for n in os.listdir(src):
                if os.path.isdir(os.path.join(src, n)):
                    shutil.copytree(os.path.join(src, n),
                                    os.path.join(place, n), symlinks=True,
                                    dirs_exist_ok=True)
                else:
                    shutil.copy(os.path.join(src, n), place)

    def same(self, place):
        if fingerprint(os.path.join(place, self.out)) != self.reference:
            return 'is not what it would have been'
        return None

    def judge(self, place, old, whole=False, tidy=True):
        """What is wrong with what is there now, or None.  whole: the run said
        that it had succeeded; tidy: and nothing more may lie there."""
        now = fingerprint(os.path.join(place, self.out))
        if now == self.reference:
            return None
        if not whole:
            if now is None:
                return 'the old product is gone' if old else None
            if old and now == self.before:
                return None
        elif now is None:
            return 'success was said, and nothing is there'
        elif tidy and fingerprint(os.path.join(place, self.out), DATED) != self.heart:
            return 'success was said, and it is not what it would have been'
        wrong = self.verify(self, place)
        return wrong and '%s: %s' % (self.out, wrong)


def count(world, args, place):
    log = os.path.join(place, 'strace-count')
    subprocess.run(['strace', '-f', '-qq', '-c', '-o', log] + args, cwd=place,
                   env=world.env, stdin=subprocess.DEVNULL, check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = {}
    with open(log) as f:
        for line in f:
            m = re.match(r'\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+).*\s(\w+)$', line)
            if m and m.group(2) in CALLS:
                found[m.group(2)] = int(m.group(1))
    os.unlink(log)
    return found


def says(*words):
    """A judge: this command, of the product, is to succeed."""
    def verify(job, place):
        r = job.world.run(job.fill([w.replace('OUT', job.out) for w in words]),
                          place)
        if r.status:
            return '%s: %d: %s' % (words[0], r.status, r.err.decode(
                errors='replace').strip()[-300:])
        return None
    return verify


def trained(job, place):
    """It goes on from there, to the same weights to the byte."""
    r = job.world.run(['model-train', '-q', '--resume', '-j', '1', '-o',
                       job.out], place)
    if r.status:
        return 'model-train --resume: %d: %s' % (
            r.status, r.err.decode(errors='replace').strip()[-300:])
    here, there = (os.path.join(p, job.out) for p in
                   (place, os.path.join(job.home, 'new')))
    name = snapshot(there)
    if fingerprint(os.path.join(here, name)) != \
            fingerprint(os.path.join(there, name)):
        return '%s is another after --resume' % name
    return None


def indexed(job, place):
    """Each list is whole, and a second run makes them right."""
    store = os.path.join(place, job.out)
    for n in 'master.json', 'manifest.json':
        try:
            load_json(os.path.join(store, n))
        except ValueError:
            return n + ' is cut short'
        except OSError:
            pass
    r = job.world.run(job.args(), place)
    if r.status:
        return 'store-index again: %d: %s' % (r.status, r.err[-300:])
    return says('store-index', '--check', 'OUT')(job, place)


def store_again(job, place):
    """A store with a model more than its lists have."""
    shutil.copytree(job.world.path('store'), os.path.join(place, 'store'))
    shutil.copytree(job.world.path('m'), os.path.join(place, 'store/n'))


def card_bare(job, place):
    """A card whose weights are still to come."""
    shutil.copytree(job.world.path('card'), os.path.join(place, 'card'))
    weights = snapshot(os.path.join(place, 'card'))
    os.unlink(os.path.join(place, 'card', weights))
    path = os.path.join(place, 'card/readme.md')
    with open(path) as f:
        text = f.read()
    write(path, text.replace('http://127.0.0.1:1/', job.world.url +
                             '/m/').encode())


def samples(w):
    """A tar of the few pictures and their classes."""
    path = w.path('few.tar')
    if not os.path.exists(path):
        with tarfile.open(path, 'w', format=tarfile.USTAR_FORMAT) as t:
            for c in sorted(os.listdir(w.path('few'))):
                for n in sorted(os.listdir(w.path('few', c))):
                    key = '%s-%s' % (c, n.split('.')[0])
                    t.add(w.path('few', c, n), key + '.png')
                    one = tarfile.TarInfo(key + '.cls')
                    one.size = len(c)
                    t.addfile(one, io.BytesIO(c.encode()))
    return path


def all_jobs(w):
    weights = snapshot(w.path('m'))
    dset = ['dset-create', '-q', '--gray', '-j', '2', '-o', 'out']
    detect = ['dset-create', '-q', '-t', 'detection', '--images', '{W}/few',
              '--size', '28x28', '-j', '2', '-o', 'out']
    train = ['model-train', '-q', '-d', '{W}/dset', '-n', 'lenet', '-b', '9',
             '-j', '1', '-o', 'out', '-e']
    one = w.pictures()[0]
    infer = ['model-infer', '-q', '-m', '{W}/m'] + w.pictures()
    verify = says('dset-show', '-q', '--verify', 'OUT')
    jobs = [
        Job(w, 'dset-lmdb', dset + ['--size', '28x28', '{W}/few'], 'out',
            dset + ['--size', '20x20', '{W}/few'], verify),
        Job(w, 'dset-hdf5', dset + ['--size', '28x28', '--backend', 'hdf5',
                                    '{W}/few'], 'out',
            dset + ['--size', '20x20', '{W}/few'], verify),
        Job(w, 'dset-boxes', detect + ['--labels', '{W}/boxes.json'], 'out',
            detect + ['--labels', '{W}/boxes.json', '--classes', 'b c'],
            verify),
        Job(w, 'dset-targets', ['dset-create', '-q', '-t', 'image', '--gray',
                                '--images', '{W}/few', '-j', '2', '-o', 'out'],
            'out', dset + ['--size', '20x20', '{W}/few'], verify),
        Job(w, 'dset-stream', ['dset-create', '-q', '-t', 'stream', '--gray',
                               '-j', '2', '-o', 'out', samples(w)], 'out',
            dset + ['--size', '20x20', '{W}/few'], verify),
        Job(w, 'dset-labels', ['dset-show', '-q', '{W}/boxes', '--export', 'out',
                               '--label-format', 'voc'], 'out',
            ['dset-show', '-q', '{W}/dset5', '--export', 'out']),
        Job(w, 'dset-fetch', ['dset-fetch', '-q', 'mnist', '--from', '{W}/raw',
                              '-o', 'out'], 'out'),
        Job(w, 'dset-export', ['dset-show', '-q', '{W}/dset', '--export',
                               'out'], 'out',
            ['dset-show', '-q', '{W}/dset5', '--export', 'out']),
        Job(w, 'dset-montage', ['dset-show', '-q', '{W}/dset', '--montage',
                                'out.png'], 'out.png',
            ['net-show', '-q', 'lenet', '--graph', 'out.png']),
        Job(w, 'model-train', train + ['2'], 'out', train + ['1', '--seed',
                                                            '7'], trained),
        Job(w, 'model-import', ['model-import', '-q', '{W}/m.tar', '-o', 'out'],
            'out', train + ['1', '--seed', '7'], says('model-infer', '-m', 'OUT',
                                                      one)),
        Job(w, 'model-infer', infer + ['--outputs', 'conv1', '--npy', 'out.npy'],
            'out.npy', infer + ['--npy', 'out.npy']),
        Job(w, 'net-graph', ['net-show', '-q', 'googlenet', '--graph',
                             'out.svg'], 'out.svg',
            ['net-show', '-q', 'lenet', '--graph', 'out.svg']),
        Job(w, 'store-pull', ['store-pull', '-q', '-s', '{W}/store', '-o', '.',
                              'm'], 'm'),
        Job(w, 'store-pull-http', ['store-pull', '-q', '-s', '{URL}/store/',
                                   '-o', '.', 'm'], 'm'),
        Job(w, 'store-index', ['store-index', '-q', 'store'], 'store', None,
            indexed, force=(), prepare=store_again),
        Job(w, 'zoo-fetch', ['zoo-fetch', '-q', 'card'], 'card/' + weights,
            None, force=(), prepare=card_bare),
    ]
    for end in 'tar', 'tar.gz', 'zip':
        jobs.append(Job(w, 'model-pack-' + end, [
            'model-pack', '-q', '{W}/m', '-o', 'out.' + end], 'out.' + end))
    return jobs


def left(job, place):
    """Temporary files that stayed; a pull's stage is there to be gone on with."""
    return [os.path.relpath(p, place) for p in hidden(place)]
