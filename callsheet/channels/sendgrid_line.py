"""The way to SendGrid's server: it remembers whether the request ever began to leave."""

import http.client
import ssl
import threading
import urllib.request
from functools import cache, partial
from typing import Any

from callsheet.crash_points import Point, in_halves, reached


class Line:
    """One thread's way; each request takes a connection of its own.

    `connected` turns true when the server has answered the call. No redirect is followed and no
    proxy of the environment is asked: what was posted is posted once, to the host of the settings.
    """

    def __init__(self) -> None:
        self.connected = False
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            _NoRedirect(),
            urllib.request.HTTPErrorProcessor(),
            urllib.request.HTTPDefaultErrorHandler(),
            _Http(self),
            _Https(self),
        ):
            self._opener.add_handler(handler)

    def opener(self) -> urllib.request.OpenerDirector:
        """Return the opener for the next request; its connection reports to this line."""
        self.connected = False
        return self._opener


_reading = threading.Lock()


def _trusted() -> ssl.SSLContext:
    """Return whom we believe to be who they are; the first thread that asks reads it for all."""
    with _reading:
        return _certificates()


@cache
def _certificates() -> ssl.SSLContext:
    """Read the system's certificates: that takes tens of milliseconds."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing: the 3xx answer is read as it stands."""


class _Reporting(http.client.HTTPConnection):
    """A connection that tells its line when the server has answered the call."""

    def __init__(self, host: str, *, line: Line, **more: Any) -> None:
        super().__init__(host, **more)
        self.line = line

    def connect(self) -> None:
        super().connect()
        self.line.connected = True
        reached(Point.CONNECTED)

    def send(self, data: Any) -> None:
        for part in in_halves(data):
            super().send(part)

    def getresponse(self) -> http.client.HTTPResponse:
        reached(Point.REQUEST_WRITTEN)
        reached(Point.ACCEPTED_NO_ANSWER)
        return super().getresponse()


class _ReportingSafely(_Reporting, http.client.HTTPSConnection):
    """The same over TLS: a failed handshake means that nothing left."""


class _Http(urllib.request.HTTPHandler):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a plain connection (a local stub)."""
        return self.do_open(partial(_Reporting, line=self._line), request)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, line: Line) -> None:
        super().__init__(context=_trusted())
        self._line = line

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a TLS connection; a failed handshake means that nothing left."""
        return self.do_open(partial(_ReportingSafely, line=self._line), request, context=_trusted())
