"""Secrets are shown nowhere, and pages answer this machine only."""

import base64
import logging
import socketserver
import threading
import traceback
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr
from typer.testing import CliRunner

from callsheet.channels.envelope import Envelope
from callsheet.channels.sendgrid import Sendgrid
from callsheet.channels.smtp import SmtpRelay
from callsheet.configuration import configuration_of
from callsheet.errors import CallsheetError, ConfigurationInvalid
from callsheet.messages.message import Message
from callsheet.receiver.app import receiver
from callsheet.receiver.inbox import Inbox
from callsheet.settings import SendgridSettings, Settings, SmtpSettings
from callsheet.settings_file import read_settings
from callsheet.store.warehouse import Warehouse
from callsheet.terminal import config

ROOT = Path(__file__).parents[2]
HUSH = "hUsh-77-sEcret"
SECRETS = {
    "CALLSHEET_CHANNELS__SMTP__PASSWORD": HUSH,
    "CALLSHEET_CHANNELS__SENDGRID__API_KEY": HUSH,
    "CALLSHEET_WAREHOUSE": f"postgresql://anne:{HUSH}@127.0.0.1:9/nothing",
}


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "callsheet.yaml"
    file.write_text(yaml.safe_dump({"channels": {"email": "smtp"}, "home": "var"}))
    return file, read_settings(file, SECRETS).settings


def test_settings_show_no_secret_however_they_are_printed(settings):
    _, loaded = settings
    shown = f"{loaded!r} {loaded} {loaded.model_dump()} {loaded.model_dump_json()}"
    assert HUSH not in shown
    assert loaded.channels.smtp.password.get_secret_value() == HUSH


def test_config_show_shows_no_secret(settings, monkeypatch):
    for name, text in SECRETS.items():
        monkeypatch.setenv(name, text)
    for words in (["config", "show"], ["config", "show", "--json"]):
        told = CliRunner().invoke(config.app, [*words, "--settings", str(settings[0])])
        assert HUSH not in told.output + repr(told.exception)


def test_a_secret_in_the_file_is_refused_without_being_repeated(tmp_path):
    file = tmp_path / "callsheet.yaml"
    file.write_text(yaml.safe_dump({"channels": {"smtp": {"password": HUSH}}}))
    with pytest.raises(ConfigurationInvalid) as refused:
        read_settings(file, {})
    assert HUSH not in str(refused.value)


@pytest.mark.parametrize("name", [*SECRETS, "CALLSHEET_CHANNELS__SMTP__PASSWORD__X"])
def test_a_secret_of_the_wrong_shape_is_refused_without_being_repeated(tmp_path, name):
    file = tmp_path / "callsheet.yaml"
    file.write_text("home: var\n")
    broken = {"CALLSHEET_WAREHOUSE": f"no-url {HUSH}"} | {name: f"[{HUSH}"}
    try:
        read_settings(file, broken)
    except CallsheetError as problem:
        told = "".join(traceback.format_exception(problem, chain=False))
        assert HUSH not in told


def test_a_server_that_does_not_answer_is_named_without_its_password(settings):
    _, loaded = settings
    with pytest.raises(CallsheetError) as lost, Warehouse.of(loaded).reading():
        pass
    assert HUSH not in "".join(traceback.format_exception(lost.value))


def test_debug_logs_of_the_sendgrid_library_do_not_hold_the_key(settings, caplog):
    _, loaded = settings
    caplog.set_level(logging.DEBUG)
    channel = Sendgrid(loaded.channels.sendgrid.model_copy(update={"host": "http://127.0.0.1:9"}))
    with channel.sender():
        pass
    assert HUSH not in caplog.text
    assert HUSH not in repr(channel)


def test_a_kept_configuration_holds_no_secret(tmp_path):
    settings = Settings(
        home=tmp_path, scenarios=ROOT / "scenarios", templates=ROOT / "templates",
        channels={"smtp": {"password": SecretStr(HUSH)}, "sendgrid": {"api_key": HUSH}},
    )  # fmt: skip
    from datetime import date

    with Warehouse.of(settings).transaction() as tx:
        configuration_of(tx, settings, date(2026, 11, 16), [])
        kept = str(tx.fetch("select * from config_version"))
    assert kept != "[]"
    assert HUSH not in kept


def test_the_receiver_binds_this_machine_and_opens_to_nobody_without_a_key(tmp_path):
    unsigned = Settings().receiver
    assert unsigned.host == "127.0.0.1"
    for host in ("127.0.0.1", "0.0.0.0", "::"):  # noqa: S104  # it is refused, not bound
        with pytest.raises(ConfigurationInvalid, match="sendgrid_key"):
            receiver(unsigned.model_copy(update={"host": host}), Inbox(tmp_path), lambda: None)


def test_our_own_pages_are_started_on_this_machine_only():
    started = (ROOT / "flows" / "ui.py").read_text()
    assert '"--host", "127.0.0.1"' in started
    for path in (ROOT / "callsheet").rglob("*.py"):
        assert "0.0.0.0" not in path.read_text(), path  # noqa: S104  # we look for it


def a_mail():
    return Envelope("a-1", 1, "FR1", date(2026, 11, 16), datetime(2026, 11, 16, tzinfo=UTC),
                    "atelier.example", Message(
        to_name="Anne", to_address="anne@client.example", from_name="Nous",
        from_address="nous@atelier.example", reply_to="", subject="Facture", text="Bonjour\n",
        html="", attachments=(), language="fr",
    ))  # fmt: skip


class RepeatingRelay(socketserver.StreamRequestHandler):
    """A relay that repeats in its refusal what it was told at login."""

    def handle(self):
        self.wfile.write(b"220 relay\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"EHLO"):
                self.wfile.write(b"250-relay\r\n250 AUTH PLAIN\r\n")
            elif line.upper().startswith(b"AUTH"):
                told = line.split()[-1]
                plain = base64.b64decode(told).split(b"\0")[-1]
                self.wfile.write(b"535 wrong: " + told + b" is " + plain + b"\r\n")
            else:
                self.wfile.write(b"221 bye\r\n")


class RepeatingSendgrid(BaseHTTPRequestHandler):
    """A provider that repeats the key it was given."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = f"refused: {self.headers['authorization']}".encode()
        self.send_response(401)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def a_server(handler):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_relay_that_repeats_our_password_does_not_bring_it_into_the_ledger():
    with a_server(RepeatingRelay) as port:
        account = SmtpSettings(host="127.0.0.1", port=port, security="none", user="anne",
                               password=SecretStr(HUSH))  # fmt: skip
        with SmtpRelay(account).sender() as sender:
            outcome = sender.send(a_mail())

    assert outcome.reason == "smtp_535"
    assert str(outcome.proof["said"]) == "wrong: *** is ***"


def test_a_provider_that_repeats_our_key_does_not_bring_it_into_the_ledger():
    with a_server(RepeatingSendgrid) as port:
        account = SendgridSettings(api_key=SecretStr(HUSH), host=f"http://127.0.0.1:{port}")
        with Sendgrid(account).sender() as sender:
            outcome = sender.send(a_mail())

    assert outcome.reason == "sendgrid_401"
    assert str(outcome.proof["said"]) == "refused: Bearer ***"
