"""One dispatch in a process of its own, to be killed: `one_dispatch.py HOME PORT WAREHOUSE_URL`."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import SecretStr

from callsheet.dispatching.dispatch import dispatch
from callsheet.settings import Channels, Settings, SmtpSettings, Source, ValveSettings
from callsheet.store.warehouse import Warehouse
from callsheet.valves.trip import Valve

ROOT = Path(__file__).parents[2]


def settings_of(home: Path, port: int, url: str) -> Settings:
    relay = SmtpSettings(host="127.0.0.1", port=port, security="none", timeout_seconds=20)
    return Settings(
        environment="test",
        home=home,
        warehouse=SecretStr(url),
        sources=(Source(name="erp", folder=home, mapping=home / "mapping.yaml"),),
        scenarios=ROOT / "scenarios",
        templates=ROOT / "templates",
        channels=Channels(email="smtp", smtp=relay),
        message_domain="atelier.example",
        valves=ValveSettings(off=tuple(Valve)),  # a first run would wait after five messages
        sender_threads=4,
    )


if __name__ == "__main__":
    settings = settings_of(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    moment = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
    summary = dispatch(Warehouse.of(settings), settings, date(2026, 11, 16), moment)
    print(summary.as_text())  # noqa: T201  # read by whoever started it
