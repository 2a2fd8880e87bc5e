"""The way to SendGrid's server: it remembers whether the request ever began to leave."""

import http.client
import urllib.request
from typing import Any

from callsheet.crash_points import Point, in_halves, reached


class Line:
    """One request's connection. `connected` turns true when the server answered the call.

    No redirect is followed and no proxy of the environment is asked: what was posted is posted
    once, to the host of the settings.
    """

    def __init__(self) -> None:
        self.connected = False

    def opener(self) -> urllib.request.OpenerDirector:
        """Return an opener whose connections report to this line."""
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({}), _NoRedirect(), _Http(self), _Https(self)
        )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing: the 3xx answer is read as it stands."""


class _Reporting(http.client.HTTPConnection):
    """A connection that tells its line when the server has answered the call."""

    line: Line

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

        class Connection(_Reporting):
            line = self._line

        return self.do_open(Connection, request)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a TLS connection; a failed handshake means that nothing left."""

        class Connection(_ReportingSafely):
            line = self._line

        return self.do_open(Connection, request)
