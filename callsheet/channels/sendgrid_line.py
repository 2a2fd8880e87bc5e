"""The way to SendGrid's server: it remembers whether the request ever began to leave."""

import http.client
import urllib.request
from typing import Any


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


class _Http(urllib.request.HTTPHandler):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a plain connection (a local stub)."""
        line = self._line

        class Connection(http.client.HTTPConnection):
            def connect(self) -> None:
                super().connect()
                line.connected = True

        return self.do_open(Connection, request)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a TLS connection; a failed handshake means that nothing left."""
        line = self._line

        class Connection(http.client.HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                line.connected = True

        return self.do_open(Connection, request)
