"""A static server such as hosts have: it compresses what it sends, and remembers what it was asked for."""

from __future__ import annotations

import functools
import gzip
import mimetypes
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".zip": "application/zip"}


@functools.cache
def packed(path: Path, stamp: float) -> bytes:
    return gzip.compress(path.read_bytes(), 9)


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self):
        path = Path(self.translate_path(self.path.partition("?")[0]))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.server.asked.append((self.path, 0))
            return self.send_error(404)
        body = packed(path, path.stat().st_mtime)
        self.server.asked.append((self.path, len(body)))
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(path.suffix) or mimetypes.guess_type(path)[0] or "text/plain")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_words):
        pass


class Site:
    """A folder at an address of this machine."""

    def __init__(self, folder):
        handler = functools.partial(Handler, directory=str(folder))
        self.folder = folder
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.asked = self.asked = []
        self.address = f"http://localhost:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
