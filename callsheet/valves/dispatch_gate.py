"""Before a batch leaves: open breakers hold what they are for; what is held stays as it is.

The valves are asked once for a dispatch, the breakers read once for a batch.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from callsheet.dispatching.open_actions import OpenAction
from callsheet.dispatching.routing import LETTERS, MAILS, provider_of
from callsheet.proof.anchors import LedgerReplaced
from callsheet.settings import Settings
from callsheet.snapshots.snapshot import latest
from callsheet.store.transaction import Transaction
from callsheet.store.warehouse import Warehouse
from callsheet.valves import kill_switch, sending_valves
from callsheet.valves.breakers import AUTHOR, Breaker, breakers, end, enter, rewrite, trip
from callsheet.valves.canary import Canary, ends_by_itself, tried
from callsheet.valves.sender import bind, bound_home, here
from callsheet.valves.situation import Told, is_watched, leaves
from callsheet.valves.survey import survey, thrown_trip
from callsheet.valves.terms_gate import scope_of
from callsheet.valves.text_versions import TextVersions
from callsheet.valves.trip import END_BY_THEMSELVES, OF_A_PULL, Trip, Valve
from callsheet.vocabulary import ActionType

_OF_SOURCES = OF_A_PULL | {Valve.STALE_FEED}
_MANY = 10  # customers contacted too often: then it is no customer's fault


@dataclass(frozen=True)
class Passing:
    """The actions of a batch that may go, and how many are held by which breaker."""

    actions: list[OpenAction]
    held: Counter[str]


@dataclass(frozen=True)
class DispatchGate:
    """The valves of one dispatch."""

    settings: Settings
    as_of: date
    is_copy: bool = False  # of production: what would leave goes into the sink

    @classmethod
    def of(
        cls, warehouse: Warehouse, settings: Settings, as_of: date, now: datetime
    ) -> "DispatchGate":
        """Ask the valves, open and end breakers; nothing is asked where nothing can leave."""
        told = Told(as_of, now, AUTHOR)
        if (thrown := thrown_trip(settings)) is not None:
            with warehouse.transaction() as tx:
                trip(tx, [thrown], told)
        if not _any_leaves(settings):
            return cls(settings, as_of)
        with warehouse.reading() as tx:
            trips = survey(tx, settings, as_of, now)
            ended = _ended(tx, trips)
            is_bound = bound_home(tx) is not None
        if trips or ended or not is_bound:
            with warehouse.transaction() as tx:
                tx.alone("ledger")
                if bound_home(tx) is None:
                    bind(tx, here(tx, settings), told)
                trip(tx, trips, told)
                for one in ended:
                    end(tx, one.name, one.scope, "its cause is gone", told)
        return cls(settings, as_of, any(one.valve is Valve.ENVIRONMENT for one in trips))

    def passing(self, tx: Transaction, actions: Sequence[OpenAction], now: datetime) -> Passing:
        """Return which actions of a batch may go now, and what holds the others."""
        if kill_switch.is_thrown(self.settings.home) or kill_switch.is_open(tx):
            return Passing([], Counter({str(Valve.KILL_SWITCH): len(actions)}))
        if not _any_leaves(self.settings):
            return Passing(list(actions), Counter())
        told = Told(self.as_of, now, AUTHOR)
        ways = {way for way in ActionType if leaves(provider_of(way, self.settings), self.settings)}
        leaving = [one for one in actions if one.channel in ways]
        held: dict[str, Valve] = {}
        for hold in (self._held_by_breakers, self._held_as_too_often, self._held_by_canary):
            held |= hold(tx, [one for one in leaving if one.action_id not in held], told)
        return Passing(
            [one for one in actions if one.action_id not in held],
            Counter(str(valve) for valve in held.values()),
        )

    def refused(self, warehouse: Warehouse, provider: str, reason: str, now: datetime) -> None:
        """Stop a channel for good whose provider carries nothing of ours."""
        if not leaves(provider, self.settings) or Valve.AUTHORIZATION in self.settings.valves.off:
            return
        with warehouse.transaction() as tx:
            told = Told(self.as_of, now, AUTHOR)
            one = sending_valves.authorization(provider, reason)
            trip(tx, [Trip(**{**vars(one), "case": now.isoformat()})], told)

    @contextmanager
    def watching_the_ledger(self, warehouse: Warehouse, now: datetime) -> Iterator[None]:
        """Open a breaker when the ledger turns out to be another than was anchored outside."""
        try:
            yield
        except LedgerReplaced as problem:
            found = str(problem).splitlines()[0]
            with warehouse.transaction() as tx:
                told = Told(self.as_of, now, AUTHOR)
                trip(tx, [Trip(Valve.LEDGER, "", found, now.isoformat())], told)
            raise

    def _held_by_breakers(
        self, tx: Transaction, leaving: Sequence[OpenAction], _told: Told
    ) -> dict[str, Valve]:
        found = [one for one in breakers(tx) if one.name not in {Valve.CANARY, Valve.ENVIRONMENT}]
        if not found:
            return {}
        entities = _entities_of_sources(tx, self.settings, self.as_of)
        held = {}
        for action in leaving:
            provider = provider_of(action.channel, self.settings)
            holding = (one.name for one in found if _covers(one, action, provider, entities))
            if (name := next(holding, None)) is not None:
                held[action.action_id] = name
        return held

    def _held_as_too_often(
        self, tx: Transaction, leaving: Sequence[OpenAction], told: Told
    ) -> dict[str, Valve]:
        """Hold who had mail on too many of the last days; of many such, hold everything."""
        limits = self.settings.valves
        mails = {
            one.recipient_hash: one for one in leaving if one.recipient_hash and not one.internal
        }
        if not mails or Valve.CONTACT_FREQUENCY in limits.off:
            return {}
        days = tx.fetch(
            "select address_hash, count(*) from address_day where on_day < $today"
            " and on_day > $since and address_hash in (select unnest(cast($hashes as varchar[])))"
            " group by address_hash",
            today=self.as_of,
            since=self.as_of - timedelta(days=limits.contact_days),
            hashes=list(mails),
        )
        often = sending_valves.contacted_too_often([(who, int(n)) for who, n in days], limits)
        customers = sorted({mails[who].customer for who in often})
        scopes = [""] if len(customers) > _MANY else [f"customer {one}" for one in customers]
        found = f"mail on {limits.contacts} or more of the last {limits.contact_days} days"
        case = self.as_of.isoformat()
        trips = [Trip(Valve.CONTACT_FREQUENCY, scope, found, case) for scope in scopes]
        holding = {one.scope for one in trip(tx, trips, told)}
        return {
            one.action_id: Valve.CONTACT_FREQUENCY
            for one in leaving
            if holding & {"", f"customer {one.customer}"}
        }

    def _held_by_canary(
        self, tx: Transaction, leaving: Sequence[OpenAction], told: Told
    ) -> dict[str, Valve]:
        limits = self.settings.valves
        mails = [one for one in leaving if one.channel in MAILS]
        if not mails or Valve.CANARY in limits.off:
            return {}
        tx.alone("ledger")  # of two dispatches only one chooses who goes first
        known = next(iter(breakers(tx, only_open=False, name=Valve.CANARY)), None)
        canary = Canary.of_text(known.figures) if known else Canary()
        if ends_by_itself(canary, _states(tx, canary.given), told.happened_at, limits):
            end(tx, Valve.CANARY, "", "the first ones arrived and none came back", told)
            known, canary = None, canary.proving()
        texts = self._texts
        wanted = [
            (one.action_id, texts.name(one.channel, one.template, one.language)) for one in mails
        ]
        found = tried(canary, wanted, texts.all, told.happened_at, limits)
        if found.canary != canary:
            self._keep_canary(tx, found.canary, known, told)
        return dict.fromkeys(found.waiting, Valve.CANARY)

    def _keep_canary(
        self, tx: Transaction, canary: Canary, known: Breaker | None, told: Told
    ) -> None:
        """Keep who was let go first; the breaker opens when all canaries are given."""
        one = Breaker(
            name=Valve.CANARY,
            scope="",
            is_open=len(canary.given) >= self.settings.valves.canary_messages,
            since_at=told.happened_at,
            on_day=told.on_day,
            reason=f"the first {len(canary.given)} messages are out; the others wait",
            trip_case="",
            figures=canary.as_text(),
        )
        if known is not None and known.is_open:
            rewrite(tx, replace(one, since_at=known.since_at, on_day=known.on_day))
        elif one.is_open:
            enter(tx, one, told, "opened")
        else:
            rewrite(tx, one)

    @cached_property
    def _texts(self) -> TextVersions:
        return TextVersions(self.settings.templates)


def _any_leaves(settings: Settings) -> bool:
    channels = (ActionType.EMAIL, *LETTERS)
    return is_watched(settings) and any(
        leaves(provider_of(channel, settings), settings) for channel in channels
    )


def _ended(tx: Transaction, trips: Sequence[Trip]) -> list[Breaker]:
    """Return the open breakers that end by themselves and whose cause is gone."""
    standing = {(one.valve, one.scope) for one in trips}
    return [
        one
        for one in breakers(tx)
        if one.name in END_BY_THEMSELVES and (one.name, one.scope) not in standing
    ]


def _entities_of_sources(
    tx: Transaction, settings: Settings, as_of: date
) -> dict[str, tuple[str, ...]]:
    names = [source.name for source in settings.sources]
    return {ref.source: ref.entities for ref in latest(tx, names, as_of)}


def _covers(
    one: Breaker, action: OpenAction, provider: str, entities: Mapping[str, tuple[str, ...]]
) -> bool:
    """Say whether a breaker holds an action; of a source nobody knows it holds everything."""
    if one.name in _OF_SOURCES:
        return not entities.get(one.scope) or action.entity in entities[one.scope]
    of_action = {f"customer {action.customer}", scope_of(action.scenario)}
    return one.scope in {"", action.entity, provider} | of_action


def _states(tx: Transaction, ids: Sequence[str]) -> dict[str, str]:
    rows = tx.fetch(
        "select distinct on (subject) subject, state from event where kind = 'action'"
        " and subject in (select unnest(cast($ids as varchar[]))) order by subject, no desc",
        ids=list(ids),
    )
    return dict(rows)
