"""A home of its own for each flow test, and one Prefect server for those that name it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.environment import use_prefect_settings


@pytest.fixture(scope="session", autouse=True)
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give Prefect a folder of its own, and our settings."""
    with pytest.MonkeyPatch.context() as environment:
        home = tmp_path_factory.mktemp("prefect")
        environment.setenv("PREFECT_HOME", str(home))
        use_prefect_settings(home)
        yield


@pytest.fixture(scope="session")
def prefect_server(prefect_home: None) -> Iterator[None]:
    """Start Prefect's own server once: it takes half a minute."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: None) -> Path:
    """A folder that nobody has played in."""
    monkeypatch.setenv("CALLSHEET_HOME", str(tmp_path))
    return tmp_path
