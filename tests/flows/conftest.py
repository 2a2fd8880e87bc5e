"""A home of its own for each flow test, and one Prefect server for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.environment import use_prefect_settings


@pytest.fixture(scope="session", autouse=True)
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start Prefect's own server once: it takes half a minute."""
    with pytest.MonkeyPatch.context() as environment:
        home = tmp_path_factory.mktemp("prefect")
        environment.setenv("PREFECT_HOME", str(home))
        use_prefect_settings(home)
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=180):
            yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that nobody has played in."""
    monkeypatch.setenv("CALLSHEET_HOME", str(tmp_path))
    return tmp_path
