"""Settings: one file and the environment, each value traced, unknown keys and secrets refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from callsheet.errors import ConfigurationInvalid
from callsheet.settings_file import SAMPLE_FILE, read_settings


def a_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "callsheet.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_of_the_file_are_relative_to_its_folder(tmp_path):
    file = a_file(
        tmp_path,
        "home: ../state\nsources:\n  - {name: erp, folder: in, mapping: in/mapping.yaml}\n",
    )
    settings = read_settings(file, {}).settings

    assert settings.home == tmp_path.parent / "state"
    assert settings.scenarios == tmp_path / "scenarios"
    assert settings.sources[0].folder == tmp_path / "in"


def test_a_variable_wins_over_the_file_and_its_path_is_where_we_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = a_file(tmp_path, "home: var\ndecision: {min_gap_days: 2, min_item: {EUR: 5}}\n")
    loaded = read_settings(
        file,
        {
            "CALLSHEET_HOME": "elsewhere",
            "CALLSHEET_DECISION__MIN_GAP_DAYS": "3",
            "CALLSHEET_DECISION__MIN_ITEM__JPY": "500",
            "CALLSHEET_DECISION__MIN_CLAIM": "{EUR: 20.50}",
            "PATH": "/usr/bin",
        },
    )

    decision = loaded.settings.decision
    assert loaded.settings.home == tmp_path / "elsewhere"
    assert decision.min_gap_days == 3
    assert decision.min_item == {"EUR": Decimal(5), "JPY": Decimal(500)}
    assert decision.min_claim == {"EUR": Decimal("20.50")}


def test_every_value_says_where_it_comes_from(tmp_path):
    file = a_file(tmp_path, "environment: production\nchannels:\n  email: smtp\n")
    trace = {
        one.key: (one.shown, one.set_by)
        for one in read_settings(file, {"CALLSHEET_CHANNELS__SMTP__PASSWORD": "hush"}).trace
    }

    assert trace["environment"] == ("production", f"{file}, line 1")
    assert trace["channels.email"] == ("smtp", f"{file}, line 3")
    assert trace["channels.smtp.port"] == ("25", "default")
    assert trace["channels.smtp.password"] == (
        "(set, not shown)",
        "variable CALLSHEET_CHANNELS__SMTP__PASSWORD",
    )
    assert "hush" not in repr(trace)


def test_the_password_of_the_warehouse_is_not_shown(tmp_path):
    loaded = read_settings(
        a_file(tmp_path, ""),
        {"CALLSHEET_WAREHOUSE": "postgresql+psycopg://callsheet:hush@db.example/callsheet"},
    )
    [shown] = [one.shown for one in loaded.trace if one.key == "warehouse"]

    assert shown == "postgresql+psycopg://callsheet:***@db.example/callsheet"


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        (
            "channels: {sendgrid: {api_key: SG.hush}}",
            "CALLSHEET_CHANNELS__SENDGRID__API_KEY",
        ),
        ("warehouse: postgresql://callsheet:hush@db/x", "CALLSHEET_WAREHOUSE"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path, text, variable):
    with pytest.raises(ConfigurationInvalid) as refused:
        read_settings(a_file(tmp_path, text), {})

    assert variable in str(refused.value)
    assert "hush" not in str(refused.value)


def test_unknown_keys_and_wrong_values_are_refused_all_at_once(tmp_path):
    file = a_file(tmp_path, "decision:\n  min_gap_day: 2\n  retry_days: soon\nbatch_size: 5\n")
    with pytest.raises(ConfigurationInvalid) as refused:
        read_settings(file, {"CALLSHEET_HOM": "var"})

    told = str(refused.value)
    assert f"{file}, line 2: decision.min_gap_day is not a setting" in told
    assert "did you mean min_gap_days?" in told
    assert f"{file}, line 3: decision.retry_days" in told
    assert f"{file}, line 4: batch_size" in told
    assert "variable CALLSHEET_HOM: hom is not a setting" in told


def test_a_key_written_twice_is_refused(tmp_path):
    with pytest.raises(ConfigurationInvalid, match="home is written twice"):
        read_settings(a_file(tmp_path, "home: a\nhome: b\n"), {})


def test_a_rule_for_one_kind_of_return_leaves_the_others(tmp_path):
    file = a_file(tmp_path, "decision: {on_return: {dispute: continue}}")

    on_return = read_settings(file, {}).settings.decision.on_return
    assert on_return["dispute"] == "continue"
    assert on_return["hold"] == "resume"


def test_the_file_is_the_named_one_else_the_variable_s_else_the_folder_s_else_the_sample_s(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    named = a_file(tmp_path, "").rename(tmp_path / "named.yaml")
    by_variable = a_file(tmp_path, "").rename(tmp_path / "variable.yaml")
    variable = {"CALLSHEET_SETTINGS": str(by_variable)}

    assert read_settings(named, variable).file == named
    assert read_settings(None, variable).file == by_variable
    assert read_settings(None, {}).file == SAMPLE_FILE
    a_file(tmp_path, "")
    assert read_settings(None, {}).file == Path("callsheet.yaml")


def test_a_warehouse_that_is_no_postgresql_address_is_refused(tmp_path):
    with pytest.raises(ConfigurationInvalid, match=r"postgresql\+psycopg"):
        read_settings(a_file(tmp_path, "warehouse: mysql://db/x"), {})
