"""What finance opens: the run page and its artifacts, in a real browser, on a real worker."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).parents[2]
START_SECONDS = 240

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: `sh tests/servers.sh` installs it"),
]


@pytest.fixture
def ui(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """`callsheet ui` on a free port, with its worker, in a home of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")
    } | {"CALLSHEET_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "flows.cli", "ui", "--port", str(port)]
    log = (tmp_path / "ui.log").open("wb")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: "Prefect UI:" in (tmp_path / "ui.log").read_text(), process)
        api = {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
        home = {"PREFECT_HOME": str(tmp_path / "home" / "prefect")}
        yield f"http://127.0.0.1:{port}", environment | api | home
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()


def wait_for(is_true, process: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 2):
        if is_true():
            return
        assert process.poll() is None, "the process ended by itself"
        time.sleep(0.5)
    raise AssertionError(f"nothing within {START_SECONDS} s")


def asked(address: str, what: str) -> list[dict[str, Any]]:
    """Return what the server says of its runs or artifacts."""
    request = urllib.request.Request(
        f"{address}/api/{what}/filter", data=b"{}", headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_finance_finds_the_call_sheet_on_the_run_page(ui, tmp_path):
    from playwright.sync_api import expect, sync_playwright

    address, environment = ui
    played = subprocess.run(
        [
            sys.executable, "-m", "prefect", "deployment", "run", "collect/every-working-day",
            "--watch",
        ],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert played.returncode == 0, played.stdout + played.stderr
    sheet = next(one for one in asked(address, "artifacts") if one["key"] == "call-sheet")
    runs = asked(address, "flow_runs")
    assert "Completed" in {run["state_name"] for run in runs}
    assert any(run["auto_scheduled"] for run in runs), "the schedule starts nothing"

    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/runs")
        page.get_by_role("link", name="collect every entity").first.click()
        expect(page.get_by_text("Completed").first).to_be_visible()
        page.wait_for_timeout(3000)
        page.screenshot(path=tmp_path / "run.png")
        page.get_by_text("Artifacts", exact=True).last.click()
        page.wait_for_timeout(1500)
        page.screenshot(path=tmp_path / "artifacts.png")
        page.goto(f"{address}/artifacts/artifact/{sheet['id']}")
        expect(page.get_by_role("heading", name="Call sheet of")).to_be_visible()
        page.screenshot(path=tmp_path / "call-sheet.png")
        browser.close()
