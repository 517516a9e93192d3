"""A small hub for tests: the two addresses of huggingface.co that store-pull asks.
Usage: hub-server.py ROOT [TOKEN].  ROOT/ORG/NAME is a repository, whose files are those
below it; a file licence there is its card's, and .lfs lists files that are large.
Large files are served by another host, to which the hub redirects.  Prints its port
first, then a line for each request: who, method, path, Range, Authorization."""
import hashlib
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

root = sys.argv[1]
token = sys.argv[2] if len(sys.argv) > 2 else ''
lock = threading.Lock()
COMMIT = '0123456789abcdef0123456789abcdef01234567'


def entry(folder, name, large):
    data = open(os.path.join(folder, name), 'rb').read()
    blob = b'blob %d\0' % len(data) + data
    e = {'rfilename': name, 'size': len(data),
         'blobId': hashlib.sha1(blob).hexdigest()}
    if name in large:
        e['blobId'] = '0' * 40
        e['lfs'] = {'sha256': hashlib.sha256(data).hexdigest(), 'size': len(data),
                    'pointerSize': 134}
    return e


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    who = 'hub'

    def log_message(self, *args):
        pass

    def answer(self, code, data, headers=()):
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        self.send_response(code)
        for k, v in headers:
            self.send_header(k, v)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def send_file(self, path):
        data = open(path, 'rb').read()
        etag = '"%s"' % hashlib.md5(data).hexdigest()
        start = self.headers.get('Range', '')
        head = [('ETag', etag), ('Accept-Ranges', 'bytes')]
        if start.startswith('bytes='):
            at = int(start[6:].rstrip('-'))
            head.append(('Content-Range',
                         'bytes %d-%d/%d' % (at, len(data) - 1, len(data))))
            return self.answer(206, data[at:], head)
        self.answer(200, data, head)

    def do_GET(self):
        words = (self.who, self.command, self.path, self.headers.get('Range', '-'),
                 self.headers.get('Authorization', '-'))
        with lock:  # a line at once
            print(*words, flush=True)
        path = self.path.split('?')[0].strip('/').split('/')
        if self.who == 'files':
            return self.send_file(os.path.join(root, *path))
        if token and self.headers.get('Authorization') != 'Bearer ' + token:
            return self.answer(401, {'error': 'Repository not found'})
        if path[:2] == ['api', 'models']:
            return self.list(os.path.join(root, *path[2:4]), path[5])
        folder = os.path.join(root, *path[:2])
        name = '/'.join(path[4:])
        if path[2:4] != ['resolve', COMMIT]:
            return self.answer(404, {'error': 'Entry not found'})
        if name in large_of(folder):
            return self.answer(302, b'', [('Location', '%s/%s/%s' % (
                files_url, '/'.join(path[:2]), name))])
        self.send_file(os.path.join(folder, name))

    def list(self, folder, revision):
        if not os.path.isdir(folder) or revision not in ('main', 'v1', COMMIT):
            return self.answer(404, {'error': 'Repository not found'})
        names = []
        for at, _, found in os.walk(folder):
            names += [os.path.relpath(os.path.join(at, n), folder) for n in found]
        large = large_of(folder)
        names = sorted(n for n in names if n not in ('.lfs', '.licence'))
        card = os.path.join(folder, '.licence')
        answer = {'id': 'x', 'sha': COMMIT, 'tags': ['timm', 'license:mit'],
                  'siblings': [entry(folder, n, large) for n in names]}
        if os.path.exists(card):
            answer['cardData'] = {'license': open(card).read().strip()}
        self.answer(200, answer)


class Files(Handler):
    who = 'files'


def large_of(folder):
    path = os.path.join(folder, '.lfs')
    return open(path).read().split() if os.path.exists(path) else []


files = ThreadingHTTPServer(('127.0.0.1', 0), Files)
files_url = 'http://localhost:%d' % files.server_port
threading.Thread(target=files.serve_forever, daemon=True).start()
hub = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(hub.server_port, flush=True)
hub.serve_forever()
