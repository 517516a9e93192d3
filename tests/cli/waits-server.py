"""A server to wait for.  Prints its port; the operand says how it makes wait:
full      connections are not taken up
silent    they are, and nothing is said (a TLS greeting is not answered either)
body      a body that stops after its first bytes
busy      503, try again in 30 seconds
folders   every folder has the folders a and b, and nothing else
Ends by itself after two minutes."""
import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

how = sys.argv[1]
threading.Timer(120, lambda: os._exit(0)).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def do_GET(self):
        print(self.path, flush=True)
        body = b'x' * 10
        self.send_response(503 if how == 'busy' else 200)
        if how == 'busy':
            self.send_header('Retry-After', '30')
        if how == 'folders':
            body = b'<a href="a/">a/</a> <a href="b/">b/</a>'
            self.send_header('Content-Type', 'text/html')
        self.send_header('Content-Length',
                         str(100000 if how == 'body' else len(body)))
        self.end_headers()
        self.wfile.write(body)
        if how == 'body':
            self.wfile.flush()
            time.sleep(120)

    do_POST = do_HEAD = do_GET


if how in ('full', 'silent'):
    s = socket.socket()
    s.bind(('127.0.0.1', 0))
    s.listen(0 if how == 'full' else 100)
    filling = []
    for _ in range(4 if how == 'full' else 0):
        c = socket.socket()
        c.setblocking(False)
        c.connect_ex(s.getsockname())
        filling.append(c)
    print(s.getsockname()[1], flush=True)
    time.sleep(120)
server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
