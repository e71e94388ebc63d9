"""The site over HTTP on the loopback interface."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from tests.flywheel_site.errors import RefusedError
from tests.flywheel_site.messages import Request, Response
from tests.flywheel_site.routing import answered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.flywheel_site.site import Site

PREFIX = "/api"
SLOW = 0.1  # seconds
REFUSALS = {"429": 429, "500": 500, "502": 502, "503": 503, "504": 504}


@dataclass(frozen=True)
class Running:
    """A site that serves.

    Attributes:
        port: of the loopback interface.
    """

    site: Site
    port: int

    def api_key(self, secret: str) -> str:
        """Return the API key that the SDK takes."""
        return f"127.0.0.1:{self.port}:__force_insecure:{secret}"


@contextlib.contextmanager
def serving(site: Site, port: int = 0) -> Iterator[Running]:
    """Serve a site until the block ends; port 0 takes a free one."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.site = site
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Running(site, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    site: Site

    def handle_error(self, request: object, client_address: object) -> None:
        """Leave connections that a client drops alone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: _Server

    def _serve(self) -> None:
        site = self.server.site
        length = int(self.headers.get("Content-Length") or 0)
        url = urlsplit(self.path)
        is_upload = self.command in {"POST", "PUT"} and ("files" in url.path or "fs-file" in url.path) and length > 0
        if is_upload and site.faults.strikes("drop-upload"):
            self.rfile.read(length // 2)
            self._hang_up()
            return
        body = self._body(length)
        response = self._response(site, url.path, dict(parse_qsl(url.query, keep_blank_values=True)), body)
        if self.command != "GET" and site.faults.strikes("lost-answer"):
            self._hang_up()
            return
        self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  # the names that http.server asks for

    def _body(self, length: int) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(length)
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _response(self, site: Site, path: str, query: dict[str, str], body: bytes) -> Response:
        if site.faults.strikes("slow"):
            time.sleep(SLOW)
        for name, status in REFUSALS.items():
            if not path.endswith(("/config", "/version", "/auth/status")) and site.faults.strikes(name):
                return _refusal(status, "switched on as a fault", {"Retry-After": "0"} if status != 500 else {})
        headers = {name.lower(): value for name, value in self.headers.items()}
        base = f"http://{self.headers.get('Host')}{PREFIX}"
        try:
            return answered(site, Request(self.command, path.removeprefix(PREFIX), query, headers, body, base_url=base))
        except RefusedError as error:
            return _refusal(error.status, error.message)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return _refusal(422, f"the body is not as it should be: {type(error).__name__}")

    def _send(self, response: Response) -> None:
        data = response.encoded()
        is_download = isinstance(response.body, bytes) and response.status < 300
        if is_download and data and self.server.site.faults.strikes("short-download"):
            data = data[: len(data) // 2]
        if is_download and data and self.server.site.faults.strikes("corrupt-download"):
            data = data[:-1] + bytes([data[-1] ^ 1])
        drops = is_download and data and self.server.site.faults.strikes("drop-download")
        self.send_response(response.status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in {"Content-Type": "application/json", **response.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if drops else data)
        if drops:
            self._hang_up()

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: tests have no use for it."""


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response({"status_code": status, "message": message, "reason": message}, status, headers or {})
