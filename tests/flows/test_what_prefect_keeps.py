"""Prefect keeps states, artifacts and logs for ever: no secret and no person is named in them."""

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from callsheet import clock
from callsheet.errors import CallsheetError

from .finance import ROOT, conftest_of

PASSWORD, KEY, DATABASE = "r3lay-hUsh-41", "SG.hUsh-52-key", "d4tabase-hUsh-63"
CONTROL = "c0ntrol-74"


class Relay:
    """A mail relay with a password: shut it puts everybody off."""

    is_shut = True
    taken = 0

    def authenticate(self, _server, _session, _envelope, _mechanism, told) -> AuthResult:
        if self.is_shut or told.password != PASSWORD.encode():
            return AuthResult(success=False, handled=False, message="454 4.7.0 not now")
        return AuthResult(success=True)

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server, _session, _envelope) -> str:  # noqa: N802
        self.taken += 1
        return "250 taken"


@contextmanager
def running(relay: Relay) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        relay, hostname="127.0.0.1", port=port, auth_require_tls=False,
        authenticator=relay.authenticate,
    )  # fmt: skip
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def kept_by_prefect() -> dict[str, str]:
    """Return all that Prefect's database holds, by table, and the bytes of its files."""
    from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL

    place = Path(str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).partition("///")[2])
    with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as con:
        names = con.execute("select name from sqlite_master where type = 'table'").fetchall()
        kept = {name: str(con.execute(f'select * from "{name}"').fetchall()) for (name,) in names}
    for file in place.parent.glob(f"{place.name}*"):
        kept[file.name] = file.read_bytes().decode("utf-8", "replace")
    return kept


def leave_a_control() -> None:
    """Say something through a state, an artifact and a log, so that the search is shown to find."""
    from prefect import flow, get_run_logger
    from prefect.artifacts import create_table_artifact

    @flow
    def control() -> None:
        create_table_artifact([{"said": CONTROL}], key="control")
        get_run_logger().warning(CONTROL)
        raise ValueError(CONTROL)

    with pytest.raises(ValueError, match=CONTROL):
        control()


@pytest.mark.nightly
def test_no_secret_and_no_person_is_found_in_what_prefect_keeps_of_a_day(
    tmp_path, monkeypatch, new_database, capfd, prefect_server
):
    from flows.collect import collect
    from flows.dispatch import dispatch

    extract = conftest_of("erasure")
    source = extract.written_extract(tmp_path / "erp")
    with (source.folder / "customers.csv").open("a") as file:
        file.write(extract.BAD_ROWS["customers.csv"])  # names the customer, and is set aside
    url = new_database().replace("callsheet@", f"callsheet:{DATABASE}@")
    monkeypatch.setenv("CALLSHEET_CHANNELS__SMTP__PASSWORD", PASSWORD)
    monkeypatch.setenv("CALLSHEET_CHANNELS__SENDGRID__API_KEY", KEY)
    relay, place = Relay(), tmp_path / "callsheet.yaml"
    with running(relay) as port:
        smtp = {"host": "127.0.0.1", "port": port, "user": "callsheet", "security": "none"}
        said = {
            "environment": "test", "home": "var", "channels": {"email": "smtp", "smtp": smtp},
            "sources": [source.model_dump(mode="json", exclude_defaults=True)],
            "scenarios": str(ROOT / "scenarios"), "templates": str(ROOT / "templates"),
            "message_domain": "atelier.example",
        }  # fmt: skip
        place.write_text(yaml.safe_dump(said))
        day = {"as_of": extract.MONDAY, "settings_file": str(place)}
        monkeypatch.setattr(clock, "now", lambda: extract.NOW)
        monkeypatch.setenv("CALLSHEET_WAREHOUSE", f"{url.rpartition('/')[0]}/no_such_thing")
        with pytest.raises(CallsheetError):
            dispatch(**day)
        monkeypatch.setenv("CALLSHEET_WAREHOUSE", url)
        collect(**day)
        assert relay.taken == 0
        relay.is_shut = False
        monkeypatch.setattr(clock, "now", lambda: extract.NOW + timedelta(hours=2))
        dispatch(**day)
        assert relay.taken == 2
    leave_a_control()

    kept = kept_by_prefect()
    for _ in range(60):  # logs are written in batches, the last of them by now and then
        if CONTROL in kept["log"]:
            break
        time.sleep(0.5)
        kept = kept_by_prefect()
    for table in ("artifact", "log", "flow_run_state"):
        assert CONTROL in kept[table]
    assert extract.CUSTOMER in kept["artifact"]
    shown = kept | {"the terminal": "".join(capfd.readouterr())}
    planted = (PASSWORD, KEY, DATABASE, *extract.SECRETS)
    assert {
        (one, where) for one in planted for where, text in shown.items() if one in text
    } == set()
