"""An HTTP server in a thread, on a socket that already listens."""

import re
import socket
import sys
import threading
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

POLL = 0.05  # seconds until a stop is noticed


class Server:
    """Serves a WSGI application. `stop` takes at most POLL seconds."""

    def __init__(self, app: Any, listener: socket.socket, handler: type[WSGIRequestHandler]) -> None:
        host, port = listener.getsockname()[:2]
        self.url = f"http://{host}:{port}"
        self._server = make_server(host, port, app, threaded=True, request_handler=handler, fd=listener.fileno())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), name=self.url, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class OneLine(WSGIRequestHandler):
    """Logs each request in one line."""

    def log_request(self, code: int | str = "-", _: int | str = "-") -> None:
        """Print method, path and status, without what may contain a secret: the query string, and long ids."""
        path = re.sub("[^/]{20,}", "...", self.path.partition("?")[0])
        if not path.startswith("/_local/"):
            print(f"{self.command} {path} {int(code)}", file=sys.stderr, flush=True)
