"""The stage of the show: an ordinary company, weeks of its days, and mornings that go wrong.

Days run as `collect` runs them. Messages go to real local servers, which count what they took. A
hurried person confirms whatever is proposed. What counts is what the servers took.
"""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from pydantic import SecretStr

from callsheet import day
from callsheet.desk.playing_people import PlayingPeople
from callsheet.dispatching.open_actions import Telling, open_actions
from callsheet.dispatching.suppression import Dead, suppressing
from callsheet.errors import CallsheetError
from callsheet.history import record
from callsheet.sealing import key_ring
from callsheet.settings import Channels, SendgridSettings, Settings, SmtpSettings, Source
from callsheet.snapshots.remembered_delivery import RememberedDeliveries
from callsheet.store.warehouse import Warehouse
from callsheet.valves import kill_switch
from callsheet.valves.breakers import breakers, close
from callsheet.valves.pull_gate import PullHeld
from callsheet.valves.situation import Told
from callsheet.valves.trip import Valve
from callsheet.vocabulary import ActionState

from .disasters import Morning
from .ordinary_business import (
    FIRST_DAY,
    ordinary_business,
    tables_of,
    write_delivery,
)

ROOT = Path(__file__).parents[2]
TEN = time(10, 30, tzinfo=UTC)  # inside every sending window
PROMPT = PlayingPeople.of("prompt")
FRIDAY, MONDAY = 4, 0


def ten_oclock(as_of: date) -> datetime:
    return datetime.combine(as_of, TEN)


@dataclass
class Provider:
    """A local SendGrid: it answers what it is told to, and counts what it took with 202."""

    answer: int = 202
    failing: int = 0  # so many messages are answered 503 first
    taken: int = 0
    asked: int = 0
    host: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_answer(self) -> int:
        with self.lock:
            self.asked += 1
            if self.failing:
                self.failing -= 1
                return 503
            self.taken += self.answer == 202
            return self.answer


@contextmanager
def running_provider() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(provider.next_answer())
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    provider.host = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


class Relay:
    """A mail relay that takes everything and counts it."""

    taken = 0

    async def handle_DATA(self, _server, _session, _envelope) -> str:  # noqa: N802  # aiosmtpd's name
        self.taken += 1
        return "250 taken"


@contextmanager
def running_relay() -> Iterator[tuple[Relay, int]]:
    relay = Relay()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(relay, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield relay, port
    finally:
        controller.stop()


@dataclass(frozen=True)
class Played:
    """An ordinary day: the breakers that opened, and the messages that left."""

    on: date
    found: tuple[str, ...]
    messages: int

    def as_text(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"on": self.on.isoformat(), "found": list(self.found), "messages": self.messages}

    @classmethod
    def of_text(cls, plain: Mapping[str, Any]) -> "Played":
        """Return what `as_text` wrote."""
        return cls(date.fromisoformat(plain["on"]), tuple(plain["found"]), plain["messages"])


class Stage:
    """The company in a folder. Its anchors lie outside its home."""

    def __init__(self, root: Path, days: int, customers: int, url: str = "") -> None:
        self.root = root
        self.last_day = FIRST_DAY + timedelta(days=days - 1)
        self.business = ordinary_business(customers=customers, until=self.last_day + timedelta(14))
        self.scenes = 0
        mapping = write_delivery(
            root / "history", self._tables(self.last_day + timedelta(14)), with_history=True
        )
        self.settings = Settings(
            environment="production",
            home=root / "home",
            anchors=root / "anchors",
            warehouse=SecretStr(url),
            sources=(Source(name="erp", folder=root / "history", mapping=mapping),),
            scenarios=ROOT / "scenarios",
            templates=ROOT / "templates",
            message_domain="ordinary.example",
        )
        self.received = RememberedDeliveries()
        self.ready = root / "ready"

    # Ordinary days.

    def play_ordinary_days(
        self, days: Sequence[date], heard: Callable[[str], None]
    ) -> list["Played"]:
        """Play `days`; whatever opens is noted, and closed by a person."""
        played = []
        with running_relay() as (relay, port):
            smtp = SmtpSettings(host="127.0.0.1", port=port, security="none")
            settings = self.settings.model_copy(
                update={"channels": Channels(email="smtp", smtp=smtp)}
            )
            warehouse = Warehouse.of(settings)
            with warehouse.held():
                with warehouse.transaction() as tx:
                    tx.execute("set threads to 1")  # hundreds of small questions a day
                for as_of in days:
                    before = relay.taken
                    found = self._play_ordinary(settings, as_of)
                    played.append(Played(as_of, tuple(found), relay.taken - before))
                    heard(f"{as_of} {'; '.join(found)}")
        return played

    def _play_ordinary(self, settings: Settings, as_of: date) -> list[str]:
        now = ten_oclock(as_of)
        try:
            day.play_day(settings, as_of, now, PROMPT, self._receive)
        except CallsheetError:
            found = self._close_all(settings, as_of)
            day.play_day(settings, as_of, now, PROMPT, self._receive)
        else:
            found = self._close_all(settings, as_of)
            if found:
                day.send_all(settings, as_of, now + timedelta(hours=1))
        return found

    def _receive(self, settings: Settings, source: Source, as_of: date, now: datetime) -> object:
        with suppress(PullHeld):
            return self.received(settings, source, as_of, now)
        return None

    def _close_all(self, settings: Settings, as_of: date) -> list[str]:
        """Let people say yes to whatever is open; return what it was."""
        warehouse = Warehouse.of(settings)
        with warehouse.transaction() as tx:
            found = breakers(tx)
            for one in found:
                for who in ("Anne", "Claire")[: one.persons]:
                    told = Told(as_of, ten_oclock(as_of), who)
                    close(tx, one.name, "an ordinary day", told, scope=one.scope)
        return [f"{one.name} {one.scope}: {one.reason}" for one in found]

    # Mornings that go wrong.

    def set_up_mornings(self, provider: Provider) -> None:
        """Play a Friday as it is delivered from day to day, over SendGrid; keep the home after."""
        if (self.root / "anchors-ready").exists():
            return
        self.go_back_to(self.last_day - timedelta(days=1))
        friday = self.last_day
        assert friday.weekday() == FRIDAY
        morning = self.morning(friday, provider)
        assert self.play(morning, provider) == []
        _copy(self.settings.home, self.ready)
        _copy(self.root / "anchors", self.root / "anchors-ready")

    def keep(self, on: date, *, is_backup: bool) -> None:
        """Keep home and anchors as they are after a day; a backup is of the home alone."""
        _copy(self.settings.home, self.root / f"home-{on}")
        _copy(self.root / "anchors", self.root / f"anchors-{on}")
        if is_backup:
            _copy(self.settings.home, self.root / "backup")

    def go_back_to(self, on: date | None) -> None:
        """Put home and anchors back as they were kept: what was played since did not happen."""
        for name in ("home", "anchors"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            if on is not None:
                _copy(self.root / f"{name}-{on}", self.root / name)
        self._home_was_exchanged()

    def forget(self, on: date) -> None:
        """Remove what was kept of a day."""
        for name in ("home", "anchors"):
            shutil.rmtree(self.root / f"{name}-{on}", ignore_errors=True)

    def restore(self) -> None:
        """Put everything back as it was on that Friday evening."""
        _copy(self.ready, self.settings.home)
        _copy(self.root / "anchors-ready", self.root / "anchors")
        self._home_was_exchanged()

    @staticmethod
    def _home_was_exchanged() -> None:
        for known in (key_ring._known, key_ring._asked):
            known.clear()  # it was exchanged under our feet: open its keys anew

    def morning(self, as_of: date, provider: Provider) -> Morning:
        """Return the morning of an ordinary day, with texts and scenarios of its own to spoil."""
        folder = self.root / "delivery"
        self.scenes += 1
        scene = self.root / f"scene-{self.scenes}"
        shutil.rmtree(scene, ignore_errors=True)  # of a show that was broken off
        for name in ("scenarios", "templates"):
            shutil.copytree(ROOT / name, scene / name)
        account = SendgridSettings(api_key=SecretStr("SG.show"), host=provider.host)
        source = Source(name="erp", folder=folder, mapping=folder / "mapping.yaml")
        return Morning(
            as_of=as_of,
            now=ten_oclock(as_of),
            settings=self.settings.model_copy(
                update={
                    "channels": Channels(email="sendgrid", sendgrid=account),
                    "sources": (source,),
                    "scenarios": scene / "scenarios",
                    "templates": scene / "templates",
                }
            ),
            templates=scene / "templates",
            scenarios=scene / "scenarios",
            tables=self._tables(as_of, is_open=True),
            last_week=self._tables(as_of - timedelta(days=7), is_open=True),
            all_time=self._tables(as_of),
            folder=folder,
            backup_of_home=self.root / "backup",
        )

    def play(self, morning: Morning, provider: Provider) -> list[str]:
        """Play a morning and one more dispatch; return what was said to stop it."""
        if morning.is_delivered:
            shutil.rmtree(morning.folder, ignore_errors=True)
            write_delivery(morning.folder, morning.tables)
            for name, spoil in morning.raw.items():
                place = morning.folder / name
                place.write_bytes(spoil(place.read_bytes()))
        if morning.is_stopped_by_hand:
            kill_switch.throw(morning.settings.home, "stop", "Claire", morning.now)
        self._tell_what_came_back(morning)
        provider.answer = morning.answer
        self._home_was_exchanged()
        said: list[str] = []
        for act in (
            lambda: day.settle_unfinished(morning.settings, morning.as_of, morning.now),
            lambda: day.receive(
                morning.settings, morning.settings.sources[0], morning.as_of, morning.now
            ),
            lambda: day.freeze_plan(morning.settings, morning.as_of, morning.now),
            lambda: PROMPT.act(
                Warehouse.of(morning.settings), morning.settings, morning.as_of, morning.now
            ),
            lambda: day.send_all(morning.settings, morning.as_of, morning.now),
            lambda: day.send_all(
                morning.settings, morning.as_of, morning.now + timedelta(minutes=10)
            ),
        ):
            try:
                act()
            except CallsheetError as problem:
                said.append(type(problem).__name__)
        return said

    def stopped_by(self, morning: Morning) -> list[str]:
        """Return the breakers that are open, and why the delivery was refused."""
        with Warehouse.of(morning.settings).reading() as tx:
            found = [str(one.name) for one in breakers(tx)]
            rejected = tx.fetch(
                "select distinct reason from event where kind = 'snapshot' and state = 'rejected'"
                " and on_day = $on_day",
                on_day=morning.as_of,
            )
        refused = {f"refused: {reason}" for (reason,) in rejected if reason not in list(Valve)}
        return sorted({*found, *refused})

    def _tell_what_came_back(self, morning: Morning) -> None:
        if not morning.bounced + morning.complaints:
            return
        told = Telling(morning.as_of, morning.now, "notices")
        with Warehouse.of(morning.settings).transaction() as tx:
            sent = [
                one
                for one in open_actions(tx, [ActionState.ACCEPTED])
                if one.channel == "email" and not one.internal
            ][-100:]
            back = [
                one.event(ActionState.DELIVERY_FAILED, told, reason="bounced")
                for one in sent[: morning.bounced]
            ]
            spam = [Dead(one, "spam_report") for one in sent[-morning.complaints :]]
            record(tx, [*back, *suppressing(tx, spam if morning.complaints else [], told)])

    def _tables(self, as_of: date, *, is_open: bool = False) -> dict[str, list[dict[str, str]]]:
        invoices = (
            self.business.open_on(as_of)
            if is_open
            else [one for one in self.business.invoices if one.issued_on <= as_of]
        )
        tables = tables_of(self.business, invoices)
        if is_open:
            known = {one.key for one in self.business.customers if one.since <= as_of}
            for name in ("customers", "contacts", "addresses"):
                tables[name] = [row for row in tables[name] if row["customer"] in known]
            tables["disputes"] = [
                row for row in tables["disputes"] if row["recorded_on"] <= as_of.isoformat()
            ]
        return tables


def _copy(home: Path, place: Path) -> None:
    """Copy a folder, whole or not at all: what never changes is given a second name."""
    unready = place.with_name(place.name + ".unready")
    for left in (unready, place):
        shutil.rmtree(left, ignore_errors=True)
    shutil.copytree(home, unready, copy_function=_copied)
    unready.rename(place)


def _copied(source: str, target: str) -> None:
    if "lake" in Path(source).parts:
        os.link(source, target)
    else:
        shutil.copy2(source, target)
