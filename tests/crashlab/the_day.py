"""The day that is played until it is killed, and played again: plan, yes, dispatch, evidence.

What it plays is Callsheet's own; this file only says in which order, and what was found.
"""

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from to_a_stub import settings_to_a_stub

from callsheet import day
from callsheet.desk.answering import Answer, Choice, give_answer
from callsheet.desk.confirmation import lists_to_confirm
from callsheet.dispatching.dispatch import dispatch
from callsheet.dispatching.due import DUE
from callsheet.dispatching.open_actions import Telling, open_actions
from callsheet.errors import Busy
from callsheet.evidence.gathering import gather
from callsheet.proof.anchors import folder_of
from callsheet.proof.verification import verify
from callsheet.receiver.inbox import Inbox, Received
from callsheet.settings import Settings, ValveSettings
from callsheet.store.warehouse import Warehouse
from callsheet.valves.trip import Valve
from callsheet.vocabulary import ActionState

MONDAY = date(2026, 11, 16)
MORNING = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
SWEEPS = [MORNING + no * timedelta(minutes=10) for no in range(6)]  # as the schedule's
YES = Answer(Choice.ALL, "Claire Moreau", frozenset(), "")

NOTICE = """\
From: relay@relay.example
To: bounces@atelier.example
Subject: Delivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; somebody@relay.example
Action: delivered
Status: 2.0.0

--b
Content-Type: text/rfc822-headers

Message-ID: <{action}.1@{domain}>

--b--
"""


@dataclass(frozen=True)
class Company:
    """One copy of the company: where it lies, and which provider carries its mail."""

    run: str
    home: str
    url: str
    channel: str  # smtp, sendgrid
    port: int
    logs: str  # where the provider writes down what it takes
    stage: str = "planned"  # what the copy begins with
    threads: int = 4
    lease_seconds: int = 3

    @property
    def settings(self) -> Settings:
        home = Path(self.home)
        return settings_to_a_stub(
            home, self.url, self.channel, self.port,
            delivery_notices=home / "notices",
            message_domain=f"{self.run}.example",
            valves=ValveSettings(off=tuple(Valve)),  # a first run would wait after five messages
            sender_threads=self.threads,
            lease_seconds=self.lease_seconds,
        )  # fmt: skip

    def as_text(self) -> dict[str, object]:
        return asdict(self)


def play(company: Company) -> None:
    """Play the day from its beginning: what was done before is not done again."""
    settings = company.settings
    warehouse = Warehouse.of(settings)
    if company.stage == "published":
        day.freeze_plan(settings, MONDAY, MORNING)
    say_yes(company)
    sweep(company)
    hear(company)
    gather(warehouse, settings, MONDAY, MORNING)


def say_yes(company: Company) -> None:
    """Confirm whatever waits for it."""
    warehouse = Warehouse.of(company.settings)
    with warehouse.reading() as tx:
        lists = lists_to_confirm(tx, MONDAY)
    if lists:
        give_answer(warehouse, company.settings, lists, YES, Telling(MONDAY, MORNING, YES.name))


def sweep(company: Company) -> None:
    """Dispatch, and again ten minutes later while something waits to be tried again."""
    warehouse, settings = Warehouse.of(company.settings), company.settings
    for moment in SWEEPS:
        patiently(lambda now=moment: dispatch(warehouse, settings, MONDAY, now), settings)
        if not states(company, DUE):
            return


def hear(company: Company) -> None:
    """Let the provider tell what it took: every other message by an event, else by a mail."""
    home, told = Path(company.home), taken(company)
    events = [json.dumps(sendgrid_event(action)) for action in told[::2]]
    Inbox(home).store([Received(text, "sendgrid", text, MORNING) for text in events])
    folder = home / "notices"
    (folder / "read").mkdir(parents=True, exist_ok=True)
    for action in told[1::2]:
        name = f"{action}.eml"
        if not (folder / "read" / name).exists():
            (folder / name).write_text(
                NOTICE.format(action=action, domain=f"{company.run}.example")
            )


def taken(company: Company) -> list[str]:
    """Return the actions that the provider has taken, in their order."""
    place = Path(company.logs) / f"{company.run}.log"
    lines = place.read_text().splitlines() if place.exists() else []
    return list(dict.fromkeys(json.loads(line)["action"] for line in lines))


def sendgrid_event(action: str) -> dict[str, object]:
    return {"event": "delivered", "action_id": action, "sg_event_id": action, "timestamp": 1}


def patiently(work, settings: Settings):
    """Wait for the lease of a dead dispatch to run out."""
    until = time.monotonic() + 4 * settings.lease_seconds + 10
    while True:
        try:
            return work()
        except Busy:
            if time.monotonic() > until:
                raise
        time.sleep(0.2)


def note_unfinished(company: Company) -> None:
    """Write down which attempts are durable without an outcome, as the last kill left them."""
    found = states(company, [ActionState.SENDING])
    with (Path(company.home) / "unfinished.jsonl").open("a") as file:
        file.write(json.dumps(sorted(found)) + "\n")


def states(company: Company, wanted=ActionState) -> dict[str, str]:
    with Warehouse.of(company.settings).reading() as tx:
        return {action.action_id: str(action.state) for action in open_actions(tx, wanted)}


def once(company: Company, state: ActionState) -> list[tuple[str, str]]:
    """Return the actions that were in a state at any time, each with the reasons it had."""
    with Warehouse.of(company.settings).reading() as tx:
        return tx.fetch(
            "select distinct subject, reason from event where kind = 'action' and state = $state"
            " order by subject, reason",
            state=state,
        )


def recover(company: Company) -> dict[str, object]:
    """Play the day again after a kill; return what came of it."""
    note_unfinished(company)
    play(company)
    verdict = verify(Warehouse.of(company.settings), folder_of(company.settings))
    lines = (Path(company.home) / "unfinished.jsonl").read_text().splitlines()
    return {
        "run": company.run,
        "states": states(company),
        "doubted": sorted({action for action, _ in once(company, ActionState.IN_DOUBT)}),
        "waited": [" ".join(one) for one in once(company, ActionState.RETRY_WAIT)],
        "unfinished": sorted({action for line in lines for action in json.loads(line)}),
        "ledger": "" if verdict.is_proved else str(verdict),
    }
