"""Prefect's settings, in one file, put in place before Prefect is imported."""

import os
from pathlib import Path

SETTINGS_FILE = Path(__file__).with_name("prefect.env")


def prefect_settings(home: Path) -> dict[str, str]:
    """Return what `prefect.env` sets, and Prefect's own folder, made below our `home`."""
    (home / "prefect").mkdir(parents=True, exist_ok=True)
    lines = SETTINGS_FILE.read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return settings | {"PREFECT_HOME": str((home / "prefect").resolve())}


def use_prefect_settings(home: Path) -> None:
    """Set them for this process; a value that is already in the environment wins."""
    for name, setting in prefect_settings(home).items():
        os.environ.setdefault(name, setting)


def server_environment(home: Path, port: int) -> dict[str, str]:
    """Return the environment of a local server and its worker on `port` of loopback."""
    # The UI's own calls go to PREFECT_SERVER_API_PORT: with `--port` alone they would go to 4200.
    address = {
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
    }
    return {**prefect_settings(home), **os.environ, **address}
