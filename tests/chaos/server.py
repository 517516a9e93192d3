"""Servers that mean harm: those of tests/cli/hostile-server.py, and a good store
whose answers are changed at random.  Each run ends in bounded time, and writes
nothing outside its folder; what a digest was asked for is right or not there."""
import os
import random
import shutil
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler

from mutate import mutate
from world import Server, fingerprint, load_json, read

LIMITS = ['--retries', '1', '--connect-timeout', '2', '--stall-timeout', '2',
          '--speed-time', '2']
SIZE = ['--max-size', '20M']
ESCAPED = '/tmp/nnutils-escaped'


class Spoiler(BaseHTTPRequestHandler):
    """/SEED/PATH: the file or folder of that path, spoilt in a way that SEED
    and PATH say."""
    protocol_version = 'HTTP/1.1'
    root = None

    def log_message(self, *args):
        pass

    def body(self, path):
        full = os.path.join(self.root, path)
        if os.path.isdir(full):
            return '<html><pre>' + ''.join(
                '<a href="%s">%s</a>\n' % (n, n) for n in sorted(
                    n + '/' * os.path.isdir(os.path.join(full, n))
                    for n in os.listdir(full))) + '</pre></html>'
        return read(full) if os.path.isfile(full) else None

    def do_GET(self):
        seed, _, path = self.path.strip('/').partition('/')
        rng = random.Random(self.path if seed[-1:] != 'r' else None)
        body = self.body(path)
        if isinstance(body, str):
            body = body.encode()
        try:
            if body is None:
                self.answer(404, b'no')
            elif rng.random() < 0.6:
                self.answer(200, body)
            else:
                self.spoil(rng, body)
        except OSError:
            pass

    def answer(self, code, body, length=None, *more):
        self.send_response(code)
        self.send_header('Content-Length',
                         str(len(body) if length is None else length))
        for k, v in more:
            self.send_header(k, v)
        self.end_headers()
        self.wfile.write(body)

    def spoil(self, rng, body):
        way = rng.randrange(10)
        if way <= 3:
            self.answer(200, mutate(body, rng) if body else b'x')
        elif way == 4:
            self.answer(200, body[:rng.randint(0, len(body))], len(body))
            self.close_connection = True
        elif way == 5:
            self.answer(rng.choice((204, 206, 301, 400, 403, 404, 416, 429, 500,
                                    503, 999)), body)
        elif way == 6:
            self.answer(302, b'', None, ('Location', rng.choice((
                self.path, '/', '../..', 'file:///etc/passwd', '//', 'x' * 9000,
                'http://127.0.0.1:1/'))))
        elif way == 7:
            self.answer(206, body, None, ('Content-Range', rng.choice((
                'bytes 5-1/2', 'bytes 0-9/*', 'x', 'bytes 1-%d/%d' % (
                    2 ** 63, 2 ** 64)))), ('ETag', '"\xff"'))
        elif way == 8:
            self.wfile.write(rng.randbytes(200))
            self.close_connection = True
        else:
            self.close_connection = True
            self.connection.close()


class Servers:
    def __init__(self, world):
        handler = type('Handler', (Spoiler,), {'root': world.root})
        self.url = Server(handler).url
        script = world.tree + '/tests/cli/hostile-server.py'
        self.cases = subprocess.run(
            [sys.executable, script, 'cases'], capture_output=True,
            check=True).stdout.decode().split('\n')[1].split()
        self.log = open(world.path('hostile.log'), 'w+b')
        self.child = subprocess.Popen([sys.executable, script],
                                      stdout=self.log, start_new_session=True)
        for _ in range(600):
            port = read(world.path('hostile.log')).split(b'\n')[0]
            if port:
                break
            time.sleep(0.05)
        self.hostile = 'http://127.0.0.1:%s' % port.decode()
        self.digest = load_json(world.path('store/manifest.json'))[
            'models']['m']['digest']

    def close(self):
        self.child.kill()
        self.child.wait()
        self.log.close()


def command(world, servers, rng, seed):
    """Words, and whether what is pulled must be the model."""
    if rng.random() < 0.3:
        store = '%s/%s/' % (servers.hostile, rng.choice(servers.cases))
        return rng.choice((['store-pull', '-o', 'out', '-s', store, 'm'],
                           ['store-list', '--refresh', store],
                           ['store-index', '--check', store])), False
    base = '%s/%s%s' % (servers.url, seed, rng.choice(('', 'r')))
    pull = ['store-pull', '-o', 'out', '-s', base + '/store/']
    return rng.choice((
        (pull + ['m@sha256:' + servers.digest], True),
        (pull + ['m@sha256:' + servers.digest], True),
        (pull + ['m'], False),
        (['store-list', '--refresh', base + '/store/'], False),
        (['store-index', '--check', base + '/store/'], False),
        (['dset-create', '-q', '--size', '9x9', '--max-bad', '100%', '-o',
          'out', base + '/few/'], False),
        (['model-infer', '-m', world.path('m'), base + world.pictures()[0][
            len(world.root):]], False),
        (['zoo-fetch', '-o', 'out', base + '/m.tar'], False)))


def one(world, servers, seed):
    rng = random.Random(seed)
    place = world.path('server-%s' % seed)
    os.makedirs(place + '/w')
    words, exact = command(world, servers, rng, seed)
    if words[0] not in ('model-infer', 'dset-create'):
        words[1:1] = LIMITS
    if words[0] in ('store-pull', 'zoo-fetch'):
        words[1:1] = SIZE
    r = world.run(words, place + '/w',
                  env=dict(world.env, NNUTILS_CACHE=place + '/w/cache'))
    world.count('server: runs')
    world.count('server: status %d' % r.status)
    wrong = r.crash()
    if wrong is None and not 0 <= r.status <= 9:
        wrong = 'status %d' % r.status
    if wrong is None and r.status == 2:
        wrong = 'chaos calls it wrongly: ' + r.err.decode(errors='replace')
    if wrong is None and (os.listdir(place) != ['w'] or
                          os.path.exists(ESCAPED)):
        wrong = 'wrote outside its folder'
    if wrong is None and exact and r.status == 0 and fingerprint(
            place + '/w/out/m') != fingerprint(world.path('store/m')):
        wrong = 'the digest was asked for, and the model is another'
    if wrong is not None:
        world.report('%s: %s' % (' '.join(words), wrong), r, [place])
    shutil.rmtree(place)
