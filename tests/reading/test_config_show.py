"""`callsheet config show`: every setting, where it comes from, and no secret."""

import json

from typer.testing import CliRunner

from callsheet.terminal import config, reading


def test_config_show_traces_every_setting_and_shows_no_secret(tmp_path, monkeypatch):
    file = tmp_path / "callsheet.yaml"
    file.write_text("channels: {email: smtp}\n", encoding="utf-8")
    monkeypatch.setenv("CALLSHEET_CHANNELS__SMTP__PASSWORD", "hush")
    words = ["config", "show", "--settings", str(file)]

    prose = CliRunner().invoke(config.app, words)
    told = CliRunner().invoke(config.app, [*words, "--json"])

    assert (prose.exit_code, told.exit_code) == (0, 0)
    assert "hush" not in prose.stdout + told.stdout
    settings = {one["key"]: one for one in json.loads(told.stdout)["settings"]}
    assert settings["channels.email"]["set_by"] == f"{file}, line 1"
    assert settings["channels.smtp.password"]["shown"] == "(set, not shown)"
    assert settings["batch_size"]["set_by"] == "default"


def test_the_schema_is_told_in_prose_and_as_json():
    prose = CliRunner().invoke(reading.app, ["schema", "worklist"])
    told = CliRunner().invoke(reading.app, ["schema", "--json"])

    assert "What waits for a person?" in prose.stdout
    assert {view["name"] for view in json.loads(told.stdout)} >= {
        "action_history", "decisions", "current_runs", "exceptions", "worklist",
    }  # fmt: skip
