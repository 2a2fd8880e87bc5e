"""Secrets are shown nowhere, and pages answer this machine only."""

import logging
import traceback
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr
from typer.testing import CliRunner

from callsheet.channels.sendgrid import Sendgrid
from callsheet.configuration import configuration_of
from callsheet.errors import CallsheetError, ConfigurationInvalid
from callsheet.receiver.app import receiver
from callsheet.receiver.inbox import Inbox
from callsheet.settings import Settings
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
