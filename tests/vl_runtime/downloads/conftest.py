"""A real HTTP server on this machine: ranges, ETags, and connections that break."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from tqdm import tqdm


@pytest.fixture
def server():
    """``files`` (path -> bytes), ``cuts`` (bytes after which a connection ends, one each),
    ``requests`` (path, Range), ``url``."""
    state = SimpleNamespace(files={}, cuts=[], requests=[], ranges=True)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            wanted = self.headers.get('Range')
            state.requests.append((self.path, wanted))
            data = state.files.get(self.path)
            if data is None:
                self.send_error(404)
                return
            etag = f'"{hashlib.md5(data).hexdigest()}"'
            start = 0
            if wanted and state.ranges and self.headers.get('If-Range') == etag:
                start = int(wanted.removeprefix('bytes=').removesuffix('-'))
                self.send_response(206)
                self.send_header('Content-Range', f'bytes {start}-{len(data) - 1}/{len(data)}')
            else:
                self.send_response(200)
            self.send_header('ETag', etag)
            self.send_header('Content-Length', str(len(data) - start))
            self.end_headers()
            end = start + state.cuts.pop(0) if state.cuts else len(data)
            self.wfile.write(data[start:end])

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    state.url = f'http://127.0.0.1:{http.server_port}'
    yield state
    http.shutdown()
    http.server_close()


@pytest.fixture
def progress():
    return lambda **kwargs: tqdm(disable=True, **kwargs)
