"""What finance opens: the run page and its artifacts, in a real browser, on a real worker."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from callsheet.settings_file import read_settings
from callsheet.store.warehouse import Warehouse

CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).parents[2]
START_SECONDS = 240
PATIENCE_SECONDS = 90  # with a busy server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: `sh tests/servers.sh` installs it"),
]


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str], Any]]:
    """`callsheet ui` on a free port, with its worker, in a home of its own."""
    folder = tmp_path_factory.mktemp("ui")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")
    } | {"CALLSHEET_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "flows.cli", "ui", "--port", str(port)]
    log = (folder / "ui.log").open("wb")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: "Prefect UI:" in (folder / "ui.log").read_text(), process)
        api = {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
        home = {"PREFECT_HOME": str(folder / "home" / "prefect")}
        yield f"http://127.0.0.1:{port}", environment | api | home, process
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()


@pytest.fixture(scope="module")
def played(ui: tuple[str, dict[str, str], Any]) -> str:
    """The sample's day, played by the deployment on the worker; return the server's address."""
    address, environment, _ = ui
    done = subprocess.run(
        [
            sys.executable, "-m", "prefect", "deployment", "run", "collect/every-working-day",
            "--watch",
        ],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return address


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """A page of a real browser, which finds things by what a person reads."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)  # two cores, a server and a worker beside it
        yield page
        browser.close()


def wait_for(is_true, process: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 2):
        if is_true():
            return
        assert process.poll() is None, "the process ended by itself"
        time.sleep(0.5)
    raise AssertionError(f"nothing within {START_SECONDS} s")


def asked(address: str, what: str) -> list[dict[str, Any]]:
    """Return what the server says of its runs or artifacts."""
    return answer_of(f"{address}/api/{what}/filter", b"{}")


def answer_of(address: str, content: bytes | None = None) -> Any:
    """Return what Prefect's server answers; busy, it says 503 and is asked again for a while."""
    until = time.monotonic() + PATIENCE_SECONDS
    headers = {"content-type": "application/json"}
    while True:
        request = urllib.request.Request(address, data=content, headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            if refusal.code != 503 or time.monotonic() >= until:
                raise
        time.sleep(1)


def test_finance_finds_the_call_sheet_on_the_run_page(played, page, tmp_path):
    from playwright.sync_api import expect

    sheet = next(one for one in asked(played, "artifacts") if one["key"] == "call-sheet")
    runs = asked(played, "flow_runs")
    assert "Completed" in {run["state_name"] for run in runs}
    assert any(run["auto_scheduled"] for run in runs), "the schedule starts nothing"

    page.goto(f"{played}/runs")
    page.get_by_role("link", name="collect every entity").first.click()
    expect(page.get_by_text("Completed").first).to_be_visible()
    page.wait_for_timeout(3000)
    page.screenshot(path=tmp_path / "run.png")
    page.get_by_text("Artifacts", exact=True).last.click()
    page.wait_for_timeout(1500)
    page.screenshot(path=tmp_path / "artifacts.png")
    page.goto(f"{played}/artifacts/artifact/{sheet['id']}")
    expect(page.get_by_role("heading", name="Call sheet of")).to_be_visible()
    page.screenshot(path=tmp_path / "call-sheet.png")


@pytest.mark.nightly
def test_finance_answers_the_form_though_the_worker_is_killed_meanwhile(
    ui, played, page, tmp_path
):  # fmt: skip
    from playwright.sync_api import expect

    _, environment, process = ui
    run = started(played, "confirm/every-morning")
    wait_for(lambda: state_of(played, run) == "Suspended", process)
    os.kill(worker_of(process), signal.SIGKILL)

    page.goto(f"{played}/runs")
    page.get_by_role("link", name="confirm every entity").first.click()
    page.get_by_text("Artifacts", exact=True).last.click()
    page.get_by_text("to-confirm-fr01").last.click()
    page.get_by_placeholder("Search").fill("email")
    expect(page.get_by_role("columnheader", name="account")).to_be_visible()
    page.screenshot(path=tmp_path / "list.png")
    left = page.get_by_role("row").nth(1).get_by_role("cell").first.inner_text()

    open_form(page, f"{played}/runs/flow-run/{run}")
    fill_in(page, decision="Send all but those named below", lines="zzzzzzzz", name="Claire Moreau")
    page.get_by_role("button", name="Submit").click()
    wait_for(lambda: state_of(played, run) != "Suspended", process)
    wait_for(lambda: state_of(played, run) == "Suspended", process)

    open_form(page, f"{played}/runs/flow-run/{run}")
    expect(page.get_by_text("zzzzzzzz: no line begins so")).to_be_visible()
    fill_in(page, decision="Send all but those named below", lines=left, note="left for tomorrow")
    page.screenshot(path=tmp_path / "form.png")
    page.get_by_role("button", name="Submit").click()
    wait_for(lambda: state_of(played, run) == "Completed", process)

    told = answers(environment)
    assert {said["entity"]: (author, said["left"], said["dropped"]) for author, said in told} == {
        "FR01": ("Claire Moreau", [left], {}),
        "GB01": ("Claire Moreau", [], {}),
    }
    assert sum(said["confirmed"] for _, said in told) == sum(said["count"] for _, said in told) - 1


def started(address: str, deployment: str) -> str:
    """Start a deployment as the button of its page does, once; return the run's id."""
    key = answer_of(f"{address}/api/deployments/name/{deployment}")["id"]
    once = json.dumps({"idempotency_key": str(uuid4())}).encode()  # however often it is asked
    return answer_of(f"{address}/api/deployments/{key}/create_flow_run", once)["id"]


def state_of(address: str, run: str) -> str:
    return answer_of(f"{address}/api/flow_runs/{run}")["state"]["name"]


def worker_of(ui: subprocess.Popen[bytes]) -> int:
    """Return the process id of the worker that `callsheet ui` keeps."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            command = (place / "cmdline").read_bytes()
        except OSError:
            continue  # it ended meanwhile
        if parent == ui.pid and b"worker" in command:
            return int(place.name)
    raise AssertionError("callsheet ui keeps no worker")


def open_form(page: Any, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Resume").first.click()
    page.get_by_role("dialog").get_by_text("Your name").wait_for()


def fill_in(page: Any, decision: str, lines: str, name: str = "", note: str = "") -> None:
    """Fill in the form by its labels. Headless, its select opens by the keyboard only."""
    of_label(page, "Decision").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_text(decision).last.click()
    of_label(page, "Lines to leave out").fill(lines)
    if name:
        of_label(page, "Your name").fill(name)
    of_label(page, "Note").fill(note)


def of_label(page: Any, label: str) -> Any:
    named = page.locator(".p-label").filter(has=page.locator("label", has_text=label))
    return page.get_by_role("dialog").locator(named).locator("textarea, .p-select-button__control")


def answers(environment: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Return who answered each list and what was recorded of it, from our own ledger."""
    settings = read_settings(None, environment).settings
    with Warehouse.of(settings).reading() as tx:
        rows = tx.fetch(
            "select entity, author, body from event"
            " where kind = 'confirmation' and state = 'answered' order by ledger_seq"
        )
    told = [
        (author, json.loads(body)["detail"] | {"entity": entity}) for entity, author, body in rows
    ]
    for _, said in told:
        said["left"] = [key[:8] for key in said["left"]]
    return told
