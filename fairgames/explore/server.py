"""The explorer's page, served to this machine alone, to whoever knows its token."""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from types import MappingProxyType
from typing import Any, ClassVar, Self

from fairgames.errors import FairgamesError
from fairgames.explore.model import Explorer, Settings

_HOST = "127.0.0.1"
#: Bytes of a request; settings of forty users are some hundreds.
_MOST_BYTES = 64_000
#: What is served as it is, by name.
_FILES = MappingProxyType(
    {
        "": ("page.html", "text/html; charset=utf-8"),
        "page.js": ("page.js", "text/javascript; charset=utf-8"),
        "explore.js": ("explore.js", "text/javascript; charset=utf-8"),
        "explore.css": ("explore.css", "text/css; charset=utf-8"),
    }
)
#: Nothing but this server's own files; no other page may show or ask it.
_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)


class Server:
    """Serves an explorer on 127.0.0.1, at a port that the system chooses, below a token that nobody can guess.

    A request is answered only if its ``Host`` is this server's own address, which a name that was made to point here
    (DNS rebinding) is not; if it comes from no other page (``Origin``, ``Sec-Fetch-Site``); and if it knows the
    token. No other origin is ever allowed to read (no CORS).

    Attributes
    ----------
    token : in the address of everything
    url : of the page
    """

    def __init__(self, explorer: Explorer) -> None:
        self.token = secrets.token_urlsafe(24)
        self._http = _Http((_HOST, 0), _Handler)
        self._http.daemon_threads = True
        self._http.explorer, self._http.token = explorer, self.token

    @property
    def port(self) -> int:
        return self._http.server_port

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.port}/{self.token}/"

    def serve(self) -> None:
        """Answer until :meth:`close`, or ^C."""
        self._http.serve_forever(poll_interval=0.2)

    def close(self) -> None:
        self._http.server_close()

    def __enter__(self) -> Self:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self.close()


class _Http(ThreadingHTTPServer):
    explorer: Explorer
    token: str
    lock: ClassVar[threading.Lock] = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "fairgames", ""
    #: Seconds after which a connection that says nothing is closed.
    timeout = 60

    def do_GET(self) -> None:
        """A file of the page."""
        name = self._name()
        if name is None:
            return
        if name == "facts":
            self._json(self.server.explorer.facts())
        elif name in _FILES:
            file, kind = _FILES[name]
            self._send(HTTPStatus.OK, kind, (files("fairgames.explore") / "static" / file).read_bytes())
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such page")

    def do_POST(self) -> None:
        """What is to be seen at some settings, or the scenario that they make."""
        name = self._name()
        if name is None:
            return
        if name not in ("view", "scenario"):
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such page")
            return
        body = self._body()
        if body is None:
            return
        explorer = self.server.explorer
        try:
            settings = Settings.of(json.loads(body), len(explorer.game.users))
            with self.server.lock:  # caches are not made for two at once
                answer = explorer.view(settings) if name == "view" else {"toml": explorer.toml(settings)}
        except ValueError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, f"no JSON: {error}")
        except FairgamesError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        else:
            self._json(answer)

    def _name(self) -> str | None:
        """What is asked for below the token; None if the request is refused, which is then said."""
        own = (f"{_HOST}:{self.server.server_port}", f"localhost:{self.server.server_port}")
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        if host not in own:
            self._refuse(HTTPStatus.FORBIDDEN, "this server answers to its own address only")
            return None
        if origin not in (None, *(f"http://{one}" for one in own)):
            self._refuse(HTTPStatus.FORBIDDEN, "another page may not ask")
            return None
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            self._refuse(HTTPStatus.FORBIDDEN, "another page may not ask")
            return None
        _, _, rest = self.path.partition("/")
        token, slash, name = rest.partition("/")
        known = hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self.server.token.encode())
        if not (known and slash):
            self._refuse(HTTPStatus.FORBIDDEN, "the token is missing or another's: take the address that was printed")
            return None
        return name

    def _body(self) -> bytes | None:
        if self.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected application/json")
            return None
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MOST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected at most {_MOST_BYTES} bytes")
            return None
        return self.rfile.read(int(length))

    def _json(self, answer: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(status, "application/json", json.dumps(answer, allow_nan=False).encode())

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self.close_connection = True
        self._json({"error": why}, status)

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nobody reads a log of sliders, and the token should not stand in one."""
