"""A store that means harm, one kind of it below each /CASE/.  Prints its port;
with a certificate and key as operands it speaks TLS.  Every case serves a good
model m but for what the case spoils; "Authorization" is noted on stdout."""
import gzip
import json
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INFO = {'name': 'm', 'framework': 'caffe', 'model file': 'original.prototxt',
        'snapshot file': 'w.caffemodel', 'labels file': 'labels.txt'}
HEX = '0' * 64


def info(**more):
    d = dict(INFO)
    d.update({k.replace('_', ' '): v for k, v in more.items()})
    return json.dumps(d).encode()


def manifest(name='w.caffemodel', size=1, sha=HEX, **more):
    f = {'size': size, 'sha256': sha}
    f.update(more)
    return json.dumps({'version': 1, 'block_size': 4194304, 'models': {
        'm': {'digest': HEX, 'files': {name: f}}}}).encode()


def children(*names):
    return json.dumps({'msg': 'x', 'children': list(names)}).encode()


# (case, file) -> bytes, or what to do
SPOILT = {
    ('json-huge', 'info.json'): b'{"name": "' + b'x' * (200 << 20) + b'"}',
    ('json-deep', 'info.json'): b'[' * 200000,
    ('json-deep-object', 'info.json'): b'{"a":' * 100000,
    ('json-open', 'info.json'): b'{"name": "m',
    ('json-utf8', 'info.json'): b'{"name": "\xff\xfe\xc0\x80", "framework": 3}',
    ('json-array', 'info.json'): b'[1, 2, 3]',
    ('json-number', 'info.json'): b'1e999999',
    ('json-nul', 'info.json'): b'{"na\0me": 1}',
    ('name-parent', 'info.json'): info(snapshot_file='../../escaped'),
    ('name-absolute', 'info.json'): info(snapshot_file='/tmp/nnutils-escaped'),
    ('name-inside', 'info.json'): info(snapshot_file='a/../../escaped'),
    ('name-drive', 'info.json'): info(snapshot_file='C:\\escaped'),
    ('name-control', 'info.json'): info(snapshot_file='a\nb\x1b[2J'),
    ('name-c1', 'info.json'): info(snapshot_file='a\x9bb'),
    ('name-bidi', 'info.json'): info(snapshot_file='a\u202exedni'),
    ('name-isolate', 'info.json'): info(snapshot_file='a\u2066b'),
    ('name-latin', 'info.json'): info(snapshot_file='a@').replace(
        b'a@', b'a\xe4'),
    ('name-dot', 'info.json'): info(snapshot_file='.'),
    ('name-long', 'info.json'): info(snapshot_file='a' * 5000),
    ('name-info', 'info.json'): info(labels_file='info.json'),
    ('name-twice', 'info.json'): info(labels_file='w.caffemodel'),
    ('name-case', 'info.json'): info(labels_file='W.CAFFEMODEL'),
    ('child-parent', 'master.json'): children('../m', 'm'),
    ('child-absolute', 'master.json'): children('/etc', 'm'),
    ('child-nul', 'master.json'): children('m\0x', 'm'),
    ('child-c1', 'master.json'): children('m\x9b2J', 'm'),
    ('child-bidi', 'master.json'): children('m\u202ex', 'm'),
    ('child-number', 'master.json'): b'{"msg": 1, "children": [1, {}, null]}',
    ('child-many', 'master.json'): children(*map(str, range(300000))),
    ('manifest-parent', 'manifest.json'): manifest('../../escaped'),
    ('manifest-bidi', 'manifest.json'): manifest('w\u202ecaffemodel'),
    ('manifest-c1', 'manifest.json'): manifest('w\x85'),
    ('manifest-negative', 'manifest.json'): manifest(size=-5),
    ('manifest-huge', 'manifest.json'): manifest(size=10 ** 18),
    ('manifest-sha', 'manifest.json'): manifest(sha='zz'),
    ('manifest-blocks', 'manifest.json'): manifest(blocks=['1', 2, None]),
    ('manifest-digest', 'manifest.json'): manifest(size=5),
    ('endless-info', 'info.json'): 'endless',
    ('endless-weights', 'w.caffemodel'): 'endless',
    ('length-100g', 'w.caffemodel'): 'length-100g',
    ('length-short', 'w.caffemodel'): 'length-short',
    ('length-info', 'info.json'): 'length-short',
    ('gzip-info', 'info.json'): 'gzip',
    ('gzip-weights', 'w.caffemodel'): 'gzip',
    ('headers', 'w.caffemodel'): 'headers',
    ('loop', 'w.caffemodel'): 'loop',
    ('loop-info', 'info.json'): 'loop',
    ('to-file', 'w.caffemodel'): 'file:///etc/passwd',
    ('to-file-info', 'info.json'): 'file:///etc/passwd',
    ('to-ftp', 'w.caffemodel'): 'ftp://127.0.0.1/x',
    ('to-gopher', 'w.caffemodel'): 'gopher://127.0.0.1:1/x',
    ('stall', 'w.caffemodel'): 'stall',
    ('status-500', 'w.caffemodel'): 'status-500',
    ('status-403', 'w.caffemodel'): 'status-403',
    ('drip', 'w.caffemodel'): 'drip',
    ('drip-info', 'info.json'): 'drip',
    ('drip-head', 'w.caffemodel'): 'drip-head',
    ('one-byte', 'w.caffemodel'): 'one-byte',
    ('garbage', 'w.caffemodel'): 'garbage',
    ('cut', 'w.caffemodel'): 'cut',
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def good(self, data):
        self.send_response(200)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def head(self, length=None, code=200, *more):
        self.close_connection = True
        self.send_response(code)
        if length is not None:
            self.send_header('Content-Length', str(length))
        for k, v in more:
            self.send_header(k, v)
        self.end_headers()

    def spoil(self, how):
        if how == 'endless':
            self.head()
            for _ in range(4096):
                self.wfile.write(b'{' * (1 << 20))
        elif how == 'length-100g':
            self.head(100 << 30)
            self.wfile.write(b'x' * 1000)
        elif how in ('length-short', 'cut'):
            self.head(100000)
            self.wfile.write(b'x' * 10)
            if how == 'cut':
                self.wfile.flush()
                self.connection.close()
        elif how == 'gzip':
            body = gzip.compress(b'\0' * (300 << 20), 9)
            self.head(len(body), 200, ('Content-Encoding', 'gzip'))
            self.wfile.write(body)
        elif how == 'headers':
            self.head(1, 200, *[('X-%d' % i, 'y' * 6000) for i in range(900)])
            self.wfile.write(b'x')
        elif how == 'loop':
            self.head(0, 302, ('Location', self.path))
        elif how == 'stall':
            self.head(100)
            self.wfile.flush()
            time.sleep(60)
        elif how == 'drip':  # a byte a tenth of a second, for a minute
            self.head()
            for _ in range(600):
                self.wfile.write(b'{')
                self.wfile.flush()
                time.sleep(0.1)
        elif how == 'drip-head':
            self.wfile.write(b'HTTP/1.1 200 OK\r\nX: ')
            for _ in range(600):
                self.wfile.write(b'x')
                self.wfile.flush()
                time.sleep(0.1)
        elif how == 'one-byte':  # of many, each time another one
            at = int(self.headers.get('Range', 'bytes=0-')[6:-1])
            self.head(1 << 20, 206 if at else 200, ('ETag', '"e"'),
                      ('Content-Range', 'bytes %d-%d/%d' %
                       (at, (1 << 20) - 1, 1 << 20)))
            self.wfile.write(b'x')
            self.wfile.flush()
            self.connection.close()
        elif how.startswith('status-'):
            self.head(0, int(how[7:]))
        elif how == 'garbage':
            self.wfile.write(b'\0\1\2 this is no HTTP\r\n\r\n')
            self.close_connection = True
        else:
            self.head(0, 302, ('Location', how))

    def do_GET(self):
        print(self.path, self.headers.get('Authorization', '-'), flush=True)
        case, _, rest = self.path.strip('/').partition('/')
        name = rest.rpartition('/')[2]
        how = SPOILT.get((case, name))
        if case.startswith('http'):  # redirect to what the case's name holds
            how = bytes.fromhex(case[4:]).decode() if name.startswith('w') \
                else None
        try:
            if isinstance(how, bytes):
                self.good(how)
            elif how is not None:
                self.spoil(how)
            elif rest == 'master.json':
                self.good(children('m'))
            elif rest == 'm/info.json':
                self.good(info())
            elif rest in ('m/original.prototxt', 'm/labels.txt', 'm/W.CAFFEMODEL',
                          'm/w.caffemodel'):
                self.good(b'hello')
            else:
                self.head(0, 404)
        except OSError:
            pass


server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
if len(sys.argv) == 2 and sys.argv[1] == 'cases':
    print(*[c for c, _ in SPOILT])
else:
    server.serve_forever()
