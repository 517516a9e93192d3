"""Where chaos happens: one small thing of every kind, made once and read by all;
runs of the programs, watched; and what was found."""
import functools
import hashlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import tarfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL,
           signal.SIGFPE, signal.SIGTRAP, signal.SIGSYS}
SANITIZER = (b'Sanitizer', b'runtime error:')
SECONDS = 60      # of a run on an idle machine; past it, it hangs
GRACE = 5         # seconds from SIGTERM to the end
NUMBERS = itertools.count()


class Server(ThreadingHTTPServer):
    """Runs until the end of this process; clients may go as they like."""
    daemon_threads = True

    def __init__(self, handler):
        super().__init__(('127.0.0.1', 0), handler)
        self.url = 'http://127.0.0.1:%d' % self.server_port
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class World:
    """DIR/few/CLASS/*.png, dset, m (a LeNet of an epoch), m.tar, store/m,
    raw (MNIST's idx files), card (a zoo model)."""

    def __init__(self, root, bins, tree, keep):
        self.root, self.bins, self.tree, self.keep = root, bins, tree, keep
        self.lock = threading.Lock()
        self.found, self.counts = [], {}
        self.strace = shutil.which('strace') is not None
        self.serve()
        self.env = dict(os.environ, NNUTILS_CACHE=root + '/cache', HOME=root,
                        NNUTILS_DEVICE='cpu',
                        NNUTILS_MODULES=bins, OMP_WAIT_POLICY='passive',
                        PATH=bins + ':' + os.environ['PATH'], TMPDIR=root)
        self.env.pop('MAKEFLAGS', None)
        self.env['ASAN_OPTIONS'] = \
            'allocator_may_return_null=1:hard_rss_limit_mb=4096:' \
            'detect_leaks=0:detect_odr_violation=1'
        os.makedirs(keep, exist_ok=True)
        self.make()

    def path(self, *names):
        return os.path.join(self.root, *names)

    def serve(self):
        """All of it over HTTP, too."""
        self.url = Server(functools.partial(Quiet, directory=self.root)).url

    def pictures(self):
        return sorted(os.path.join(top, n) for top, _, names in
                      os.walk(self.path('few')) for n in names)

    def need(self, *args):
        r = subprocess.run(args, cwd=self.root, env=self.env,
                           capture_output=True, check=False)
        if r.returncode:
            raise SystemExit('chaos: %s: %d: %s' % (
                ' '.join(args), r.returncode, r.stderr.decode(errors='replace')))

    def make(self):
        self.make_pictures()
        self.make_idx()
        self.need('dset-create', '-q', '--gray', '--size', '28x28', '-o',
                  'dset', 'few')
        self.need('dset-create', '-q', '--gray', '--size', '28x28',
                  '--backend', 'hdf5', '-o', 'dset5', 'few')
        self.make_boxes()
        self.need('model-train', '-q', '-d', 'dset', '-n', 'lenet', '-b', '9',
                  '-e', '1', '-j', '1', '-o', 'm')
        self.need('model-pack', '-q', 'm', '-o', 'm.tar')
        os.makedirs(self.path('store'))
        shutil.copytree(self.path('m'), self.path('store/m'))
        self.need('store-index', '-q', 'store')
        shutil.copytree(self.path('m'), self.path('card'))
        weights = snapshot(self.path('m'))
        sha1 = hashlib.sha1(read(self.path('m', weights))).hexdigest()
        write(self.path('card/readme.md'), (
            '---\nname: Card\ncaffemodel: %s\ncaffemodel_url: http://127.0.0.1:1/'
            '%s\nlicense: none\nsha1: %s\ncaffe_commit: 709dc15a\n---\nWords.\n'
            % (weights, weights, sha1)).encode())

    def make_pictures(self):
        with tarfile.open(self.tree + '/examples/mnist/mnist.tar.gz') as t:
            members = [m for m in t.getmembers() if '/train/' in m.name and
                       m.name.endswith('.png')]
            for c in '012':
                os.makedirs(self.path('few', c))
                for m in sorted((m for m in members if '/train/%s/' % c
                                 in m.name), key=lambda m: m.name)[:9]:
                    write(self.path('few', c, os.path.basename(m.name)),
                          t.extractfile(m).read())

    def make_boxes(self):
        """The same pictures with boxes, and label files of every format."""
        files = [os.path.relpath(p, self.path('few')) for p in self.pictures()]
        write(self.path('boxes.json'), json.dumps({
            'images': [{'id': i, 'file_name': f} for i, f in enumerate(files)],
            'categories': [{'id': 3, 'name': 'a'}, {'id': 5, 'name': 'b c'}],
            'annotations': [
                {'id': i + 1, 'image_id': i % 25, 'category_id': 3 + i % 2 * 2,
                 'bbox': [i % 9, i % 7, 5.5, 6], 'iscrowd': int(i % 8 == 7)}
                for i in range(40)]}).encode())
        self.need('dset-create', '-q', '-t', 'detection', '--images', 'few',
                  '--labels', 'boxes.json', '--duplicates', 'ignore', '-o', 'boxes')
        for f in 'kitti', 'voc', 'coco', 'yolo':
            self.need('dset-show', '-q', 'boxes', '--export', 'boxes.' + f,
                      '--label-format', f)

    def make_idx(self):
        os.makedirs(self.path('raw'))
        for name in 'train', 't10k':
            n = 7
            head = bytes((0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 2, 0, 0, 0, 3))
            write(self.path('raw', name + '-images-idx3-ubyte'), head + b''.join(
                bytes((i, 100, 97, 98, 99, 100)) for i in range(n)))
            write(self.path('raw', name + '-labels-idx1-ubyte'),
                  bytes((0, 0, 8, 1, 0, 0, 0, n)) +
                  bytes(i % 3 for i in range(n)))

    # ---- what was found and how much was tried

    def count(self, what, n=1):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + n

    def report(self, what, run, files=()):
        """Something is wrong: say it, and keep what made it."""
        with self.lock:
            n = len(self.found)
            self.found.append(what)
            print('FOUND %d: %s' % (n, what), flush=True)
            if n >= 200:
                return
            place = os.path.join(self.keep, 'found-%d' % n)
            os.makedirs(place, exist_ok=True)
            with open(place + '/what', 'w') as f:
                f.write(what + '\n')
                if run is not None:
                    f.write('%s\n(in %s) status %s\n%s\n' % (
                        ' '.join(run.args), run.cwd, run.status,
                        run.err.decode(errors='replace')[-8000:]))
            for path in files:
                keep_copy(path, place)

    # ---- programs

    def start(self, args, cwd, stdout=subprocess.DEVNULL, before=(), env=None):
        return Run(self, list(before) + list(args), cwd, stdout, env)

    def run(self, args, cwd, **more):
        r = self.start(args, cwd, **more)
        r.wait()
        return r


class Run:
    """A program that runs; stderr goes to a file, so that nothing blocks."""

    def __init__(self, world, args, cwd, stdout, env):
        self.world, self.args, self.cwd = world, args, cwd
        self.hung = self.deaf = False
        self.err_file = os.path.join(world.root, 'stderr-%d' % next(NUMBERS))
        with open(self.err_file, 'wb') as err:
            self.p = subprocess.Popen(args, cwd=cwd, env=env or world.env,
                                      stdin=subprocess.DEVNULL, stdout=stdout,
                                      stderr=err, start_new_session=True)

    def end(self, sig=signal.SIGTERM):
        """Ask it to end; is it there still after GRACE seconds?"""
        self.p.send_signal(sig)
        try:
            self.p.wait(GRACE * stretch())
        except subprocess.TimeoutExpired:
            self.deaf = True

    def wait(self, seconds=SECONDS):
        try:
            self.p.wait(seconds * stretch())
        except subprocess.TimeoutExpired:
            self.hung = True
            self.end()
        if self.p.poll() is None:
            os.killpg(self.p.pid, signal.SIGKILL)
            self.p.wait()
        self.status = self.p.returncode
        self.err = read(self.err_file)[:1 << 20]
        os.unlink(self.err_file)

    def crash(self):
        """Why this is no way to end, or None."""
        status = -self.status if self.status < 0 else self.status - 128
        if any(s in self.err for s in SANITIZER):
            at = min(self.err.find(s) for s in SANITIZER if s in self.err)
            return 'sanitizer: ' + self.err[at:at + 200].decode(
                errors='replace').split('\n')[0]
        if status in CRASHES and b'out of memory' not in self.err:
            return 'died of signal %d' % status
        if self.deaf:
            return 'outlived a signal by %d s' % GRACE
        if self.hung:
            return 'did not end within %d s' % SECONDS
        return None


def stretch():
    """How much longer things take where others use the machine too."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def write(path, data):
    with open(path, 'wb') as f:
        f.write(data)


def snapshot(model):
    return max(n for n in os.listdir(model) if n.endswith('.caffemodel'))


def keep_copy(path, place):
    try:
        if os.path.isdir(path):
            shutil.copytree(path, os.path.join(place, os.path.basename(path)),
                            symlinks=True, dirs_exist_ok=True)
        elif os.path.exists(path):
            shutil.copy(path, place)
    except (OSError, shutil.Error):
        pass


def fingerprint(path, without=()):
    """Of a file, or of all in a folder but names that end so; None: there is
    nothing."""
    if not os.path.lexists(path):
        return None
    h = hashlib.sha256()
    if not os.path.isdir(path):
        h.update(read(path))
        return h.hexdigest()
    for top, dirs, names in os.walk(path):
        dirs.sort()
        for n in sorted(n for n in names if not n.endswith(without or '/')):
            p = os.path.join(top, n)
            h.update(os.path.relpath(p, path).encode(errors='replace') + b'\0')
            h.update(os.readlink(p).encode() if os.path.islink(p) else read(p))
    return h.hexdigest()


def hidden(folder):
    """Temporary files and folders that were left."""
    return [os.path.join(top, n) for top, dirs, names in os.walk(folder)
            for n in dirs + names if n.startswith('.') and '.tmp-' in n]


def load_json(path):
    with open(path) as f:
        return json.load(f)


def pause(rng, most):
    time.sleep(rng.random() * most)
