"""Ask a service over HTTP, and nobody else: no redirects, no strangers, no address of our own.

The address of a host is looked up once, judged, and then used as it was judged: a name that
points elsewhere a moment later leads nowhere.
"""

import ipaddress
import json
import socket
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx

from callsheet.erp.connection import Http
from callsheet.erp.source import SessionExpired, Unavailable
from callsheet.errors import PullRejected

_MEGABYTE = 1 << 20
_PORTS = {"http": 80, "https": 443}
Hook = Callable[[dict[str, Any]], Any]


class GuardedHttp:
    """A client of one ERP. Used within `with`; every request carries `headers`."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.headers: dict[str, str] = {"Accept": "application/json"}
        self._known = False  # whether it has accepted us before
        self._addresses: dict[tuple[str, int], str] = {}

    def __enter__(self) -> "GuardedHttp":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._client.close()

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(
            follow_redirects=False, trust_env=False, timeout=self._http.timeout_seconds
        )

    def get(self, url: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Return the JSON that `url` (relative to the source's own) answers."""
        return self._asked("GET", url, parameters=parameters)

    def post(self, url: str, content: object, hook: Hook | None = None) -> Any:
        """Return the JSON that `url` answers to `content`; `hook` reads its objects."""
        return self._asked("POST", url, content=content, hook=hook)

    def _asked(
        self,
        method: str,
        url: str,
        *,
        parameters: Mapping[str, str] | None = None,
        content: object = None,
        hook: Hook | None = None,
    ) -> Any:
        whole = urljoin(self._http.url.rstrip("/") + "/", url)
        request = self._request(method, whole, parameters, content)
        deadline = time.monotonic() + self._http.timeout_seconds
        try:
            answer = self._client.send(request, stream=True)
            try:
                self._check_status(whole, answer)
                body = self._body(whole, answer, deadline)
            finally:
                answer.close()
        except httpx.TransportError as problem:
            raise Unavailable(
                f"{plain_address(whole)}: no answer ({type(problem).__name__})"
            ) from problem
        self._known = True
        try:
            return json.loads(body, parse_float=Decimal, object_hook=hook)
        except (ValueError, RecursionError) as problem:
            raise schema_mismatch(plain_address(whole), "the answer is no JSON") from problem

    def _request(
        self, method: str, url: str, parameters: Mapping[str, str] | None, content: object
    ) -> httpx.Request:
        """Return the request to the judged address, with the name for TLS and the server."""
        parts = urlsplit(url)
        host, port = self._allowed(url)
        address = self._address(host, port)
        netloc = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        target = urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
        named = host if port == _PORTS[parts.scheme] else f"{host}:{port}"
        return self._client.build_request(
            method,
            target,
            params=parameters or None,
            json=content,
            headers={**self.headers, "Host": named},
            extensions={"sni_hostname": host},
        )

    def _allowed(self, url: str) -> tuple[str, int]:
        """Return host and port of `url` if it may be asked; PullRejected otherwise."""
        parts = urlsplit(url)
        own = urlsplit(self._http.url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise _forbidden(plain_address(url), "neither http nor https")
        if parts.hostname not in {own.hostname, *self._http.allow_hosts}:
            raise _forbidden(plain_address(url), "a host that allow_hosts does not name")
        if own.scheme == "https" and parts.scheme != "https":
            raise _forbidden(plain_address(url), "leaves the encrypted connection")
        return parts.hostname, parts.port or _PORTS[parts.scheme]

    def _address(self, host: str, port: int) -> str:
        """Return the address of `host`, looked up once; it must not be one of our own network."""
        if (host, port) not in self._addresses:
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except OSError as problem:
                raise Unavailable(f"{host}: no such host") from problem
            addresses = [str(entry[4][0]) for entry in found]
            if not self._http.allow_private:
                for address in addresses:
                    _check_public(host, address)
            self._addresses[host, port] = addresses[0]
        return self._addresses[host, port]

    def _check_status(self, url: str, answer: httpx.Response) -> None:
        status, shown = answer.status_code, plain_address(url)
        if status == 401 and self._known:
            raise SessionExpired(f"{shown}: {status} in the middle of the pull")
        if status in {401, 403}:
            raise unauthorized(shown)
        if 300 <= status < 400:
            to = plain_address(urljoin(url, answer.headers.get("location", "")))
            raise _forbidden(shown, f"a redirect to {to}")
        if status == 429 or status >= 500:
            raise Unavailable(f"{shown}: answers {status}")
        if status >= 400:
            raise PullRejected("query_failed", f"{shown}: answers {status}")

    def _body(self, url: str, answer: httpx.Response, deadline: float) -> bytes:
        """Return the whole answer, unless it grows too large or takes too long."""
        blocks, left = [], self._http.max_answer_mb * _MEGABYTE
        for block in answer.iter_bytes():
            left -= len(block)
            if left < 0:
                raise PullRejected(
                    "archive_limit", f"{plain_address(url)}: above {self._http.max_answer_mb} MB"
                )
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{plain_address(url)}: not answered in {self._http.timeout_seconds:g} s"
                )
            blocks.append(block)
        return b"".join(blocks)


def schema_mismatch(where: str, what: str, found: object = "") -> PullRejected:
    """Return the refusal of an answer that has not the declared shape; no value of it is shown."""
    shown = f"\n  found        {_shape(found)}" if found != "" else ""
    return PullRejected("schema_mismatch", f"{where}: {what}{shown}")


def _shape(found: object) -> str:
    if isinstance(found, dict):
        return "an object with " + (", ".join(map(str, found))[:200] or "nothing")
    return f"a list of {len(found)}" if isinstance(found, list) else type(found).__name__


def unauthorized(where: str) -> PullRejected:
    """Return the refusal of a source that does not let us in, or not read this."""
    return PullRejected(
        "unauthorized",
        f"{where}: does not let us read\n"
        "  do           check the user, and the variable of its secret",
    )


def _check_public(host: str, address: str) -> None:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if not found.is_global or found.is_multicast:
        raise _forbidden(
            host, f"an address of an inner network, {address}; write allow_private: true if meant"
        )


def _forbidden(where: str, found: str) -> PullRejected:
    return PullRejected("address_refused", f"{where}: not asked\n  found        {found}")


def plain_address(url: str) -> str:
    """Return an address without user, password, query and fragment: fit to be shown."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
