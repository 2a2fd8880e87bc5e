"""A provider with a key of its own, and our receiver answering on a real port."""

import base64
import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from callsheet.receiver.app import PATH, receiver
from callsheet.receiver.inbox import Inbox
from callsheet.receiver.sendgrid_hook import SIGNATURE, TIMESTAMP
from callsheet.settings import ReceiverSettings

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
ACTION = "9f0c6a0e-3b8a-5c55-8d11-000000000001"


class Provider:
    """Signs what it tells, as SendGrid does: a timestamp and the raw bytes."""

    def __init__(self):
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self):
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def signed(self, body, at=NOW):
        stamp = str(int(at.timestamp()))
        signature = self._key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: stamp}


def an_event(number=1, event="delivered", **more):
    return {
        "event": event, "email": "compta@ecrous.example", "timestamp": 1794830400 + number,
        "sg_message_id": f"m{number}.recvd-1", "sg_event_id": f"e{number}", "ip": "192.0.2.7",
        "useragent": "Mail 1.0", "action_id": ACTION, "attempt_no": "1", **more,
    }  # fmt: skip


@dataclass
class Receiving:
    """The receiver as its provider sees it."""

    url: str
    provider: Provider
    inbox: Inbox

    def tell(self, *events, at=NOW, headers=None, body=None):
        content = json.dumps(list(events)).encode() if body is None else body
        signed = self.provider.signed(content, at) if headers is None else headers
        return httpx.post(self.url, content=content, headers=signed, timeout=30)

    @property
    def stored(self):
        return self.inbox.unsettled(0, 10_000) if self.inbox.exists else []


@pytest.fixture
def provider():
    return Provider()


@contextmanager
def serving(home: Path, provider, **limits):
    settings = ReceiverSettings(sendgrid_key=provider.public_key, **limits)
    inbox = Inbox(home)
    app = receiver(settings, inbox, lambda: NOW)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            port = listening.getsockname()[1]
            yield Receiving(f"http://127.0.0.1:{port}{PATH}", provider, inbox)
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def receiving(tmp_path, provider):
    with serving(tmp_path, provider) as one:
        yield one


@pytest.fixture
def receiving_with(tmp_path, provider):
    return lambda **limits: serving(tmp_path, provider, **limits)


@pytest.fixture
def event():
    return an_event


@pytest.fixture
def noon():
    return NOW
