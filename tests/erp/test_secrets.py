"""Passwords of ERPs come from the environment, and no screen, message or file shows them."""

import pytest

from callsheet.erp.mapping_file import load_mapping
from callsheet.erp.sources import open_source, shown_address
from callsheet.errors import ConfigurationInvalid
from callsheet.settings import Source
from callsheet.settings_file import read_settings


def settings_of(tmp_path, text, **variables):
    file = tmp_path / "callsheet.yaml"
    file.write_text(text)
    return read_settings(file, variables)


def test_a_variable_gives_a_source_its_password_and_config_show_hides_it(tmp_path):
    loaded = settings_of(tmp_path, "home: x\n", CALLSHEET_SECRETS__ERP_READER="{hush")

    assert loaded.settings.secrets["erp_reader"].get_secret_value() == "{hush"
    shown = {value.key: value.shown for value in loaded.trace}
    assert shown["secrets.erp_reader"] == "(set, not shown)"
    assert "{hush" not in repr(loaded)


def test_a_password_in_the_settings_is_refused_with_the_variable_to_set(tmp_path):
    with pytest.raises(ConfigurationInvalid) as refused:
        settings_of(tmp_path, "secrets: {erp_reader: hush}\n")

    assert "CALLSHEET_SECRETS__ERP_READER" in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "erp",
    [
        "{kind: sql, url: 'postgresql+psycopg://reader:hush@db/erp'}",
        "{kind: rest, url: 'https://reader:hush@erp.example/api'}",
        "{kind: odoo, url: 'https://hush@erp.example', database: d}",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_shown(tmp_path, erp):
    file = tmp_path / "erp.yaml"
    origin = "path: c" if "rest" in erp else "query: c.sql"
    file.write_text(
        f"erp: {erp}\ntables:\n  customers: {{{origin}, columns: {{customer: a, name: b}}}}\n"
    )
    mapping = load_mapping(file)

    with pytest.raises(ConfigurationInvalid) as refused:
        open_source(Source(name="erp", mapping=file), mapping, {})

    assert "hush" not in str(refused.value)
    assert mapping.erp is not None
    assert "hush" not in shown_address(mapping.erp)


def test_an_unknown_key_of_a_connection_is_named_with_its_line(tmp_path):
    file = tmp_path / "erp.yaml"
    file.write_text(
        "erp:\n  kind: tryton\n  url: http://erp\n  database: d\n  usr: x\ntables: {}\n"
    )

    with pytest.raises(ConfigurationInvalid, match="line 5"):
        load_mapping(file)
