"""The receiver: it checks who speaks, stores what is told, and only then says so.

It knows no customer and no action. A refusal says nothing of its reason; a second telling of the
same is acknowledged and stored once.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from callsheet.errors import CallsheetError, ConfigurationInvalid
from callsheet.receiver.inbox import Inbox
from callsheet.receiver.limits import RateLimit, TooLarge, read_body
from callsheet.receiver.sendgrid_hook import (
    SIGNATURE,
    TIMESTAMP,
    Age,
    SignedHook,
    TooMany,
    Unreadable,
    read_events,
)
from callsheet.settings import ReceiverSettings

PATH = "/events/sendgrid"
_BODY_SECONDS = 20


def check_ready(settings: ReceiverSettings, host: str) -> None:
    """Raise ConfigurationInvalid when signatures cannot be checked: then nothing is received."""
    if not settings.sendgrid_key.strip():
        raise ConfigurationInvalid(
            f"receiver.sendgrid_key is empty: on {host} anybody could say that a message arrived\n"
            "  do           sign the event webhook in SendGrid and set its verification key"
            " (CALLSHEET_RECEIVER__SENDGRID_KEY)"
        )


def receiver(settings: ReceiverSettings, inbox: Inbox, moment: Callable[[], datetime]) -> FastAPI:
    """Return the application; ConfigurationInvalid when its key is missing or is none."""
    check_ready(settings, settings.host)
    desk = _Desk(settings, inbox, moment)
    app = FastAPI(title="Callsheet receiver", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ready"}

    @app.post(PATH)
    async def sendgrid_events(request: Request) -> JSONResponse:
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                return await desk.take(request)
        except (TimeoutError, ClientDisconnect):
            return _says(408, "the request did not end")

    return app


class _Desk:
    """Takes one request after the other."""

    def __init__(
        self, settings: ReceiverSettings, inbox: Inbox, moment: Callable[[], datetime]
    ) -> None:
        self._settings, self._inbox, self._moment = settings, inbox, moment
        self._hook = SignedHook(settings)
        self._rate = RateLimit(settings.requests_per_minute)

    async def take(self, request: Request) -> JSONResponse:
        sender = request.client.host if request.client else ""
        if not self._rate.allows(sender, self._moment()):
            return _says(429, "too many requests", {"Retry-After": "60"})
        try:
            body = await self._body(request)
            age = self._age(request, body)
            if age is Age.REFUSED:
                return _says(403, "refused")
            events = read_events(body, self._moment(), is_late=age is Age.LATE)
            stored = await run_in_threadpool(self._inbox.store, events)
        except (TooLarge, TooMany):
            return _says(413, "too large")
        except Unreadable:
            return _says(400, "not a list of events")
        except CallsheetError:
            return _says(503, "cannot be stored now", {"Retry-After": "60"})
        return JSONResponse({"received": len(events), "stored": stored})

    async def _body(self, request: Request) -> bytes:
        announced = request.headers.get("content-length", "0")
        most = self._settings.max_body_bytes
        if announced.isdecimal() and int(announced[:_LENGTH_DIGITS]) > most:
            raise TooLarge
        return await read_body(request.stream(), most)

    def _age(self, request: Request, body: bytes) -> Age:
        """Say how old a request is; one that SendGrid did not sign is refused alike."""
        timestamp = request.headers.get(TIMESTAMP, "")
        signature = request.headers.get(SIGNATURE, "")
        if not self._hook.is_signed(body, signature, timestamp):
            return Age.REFUSED
        return self._hook.age(timestamp, self._moment())


_LENGTH_DIGITS = 12


def _says(status: int, what: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": what}, status_code=status, headers=headers)
