"""A small gist server for tests: GET, POST and PATCH of /gists as the REST API
has them, raw files, a zip, and any file below ROOT.  Prints its port first, then
a line for each request: method, path, Authorization."""
import io
import json
import os
import sys
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

root = sys.argv[1]
token = sys.argv[2] if len(sys.argv) > 2 else ''
gists = {}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def answer(self, code, data, kind='application/json'):
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        self.send_response(code)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def note(self):
        print(self.command, self.path, self.headers.get('Authorization', '-'),
              flush=True)

    def gist(self, id):
        base = 'http://127.0.0.1:%d' % self.server.server_port
        files = {}
        for name, text in gists[id].items():
            big = len(text) > 2000
            files[name] = {'filename': name, 'truncated': big,
                           'content': text[:100] if big else text,
                           'raw_url': '%s/raw/%s/%s' % (base, id, name)}
        return {'id': id, 'html_url': base + '/' + id, 'files': files}

    def do_GET(self):
        self.note()
        part = self.path.strip('/').split('/')
        if part[0] == 'gists' and part[1] in gists:
            return self.answer(200, self.gist(part[1]))
        if part[0] == 'raw':
            return self.answer(200, gists[part[1]][part[2]].encode())
        if part[0] == 'zip':
            out = io.BytesIO()
            with zipfile.ZipFile(out, 'w') as z:
                for name, text in gists[part[1]].items():
                    z.writestr('%s-master/%s' % (part[1], name), text)
            return self.answer(200, out.getvalue(), 'application/zip')
        path = os.path.join(root, *part)
        if os.path.isfile(path):
            return self.answer(200, open(path, 'rb').read(), 'application/x')
        return self.answer(404, {'message': 'Not Found'})

    def change(self, id):
        self.note()
        n = int(self.headers['Content-Length'])
        body = json.loads(self.rfile.read(n))
        if token and self.headers.get('Authorization') != 'Bearer ' + token:
            return self.answer(401, {'message': 'Bad credentials'})
        g = gists.setdefault(id, {})
        for name, f in body['files'].items():
            g[name] = f['content']
        self.answer(200, self.gist(id))

    def do_POST(self):
        self.change('%020x' % (0xabcdef + len(gists)))

    def do_PATCH(self):
        self.change(self.path.split('/')[2])


server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
if os.path.isdir(os.path.join(root, 'gists.d')):
    for id in os.listdir(os.path.join(root, 'gists.d')):
        d = os.path.join(root, 'gists.d', id)
        gists[id] = {f: open(os.path.join(d, f)).read() for f in os.listdir(d)}
server.serve_forever()
