"""One kill and what it left: a copy of the company, a victim, and the checker's judgement."""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from the_day import Company, note_unfinished, play

from callsheet.crash_points import Point, arm, kill_the_group

ACTIONS = 24
# How often each point is passed at most while the day is played; once where it is not named.
PASSES = {
    Point.CONFIRMATION_OPEN: 1,
    Point.CONFIRMED: 1,
    Point.ANCHOR_WRITTEN: 5,
    Point.CLAIM_OPEN: 6,
    Point.CLAIM_COMMITTED: 6,
    Point.CONNECTED: 4,
    Point.REQUEST_HALF_WRITTEN: 20,
    Point.REQUEST_WRITTEN: 20,
    Point.ACCEPTED_NO_ANSWER: 20,
    Point.ANSWER_READ: 20,
    Point.OUTCOME_OPEN: 5,
    Point.OUTCOME_COMMITTED: 5,
    Point.BATCH_END: 2,
    Point.IN_RECONCILIATION: 9,
}
PLANNING = frozenset({Point.PLAN_COMPUTED, Point.IN_INTENT_TRANSACTION, Point.INTENTS_COMMITTED})
# Where an attempt is surely durable and without an outcome: what a recovery finds to do.
IN_THE_WINDOW = (Point.CLAIM_COMMITTED, Point.REQUEST_HALF_WRITTEN, Point.ANSWER_READ)
# There is a doubt to be found, and to be closed, only after another kill.
AFTER_A_KILL = frozenset(
    {Point.IN_RECOVERY, Point.IN_RECONCILIATION, Point.IN_EVENT_INBOX, Point.EVENT_APPLIED}
)
SERVED = {Point.REQUEST_WRITTEN: "hold", Point.ACCEPTED_NO_ANSWER: "silent"}
EVERY_SO_OFTEN = 3  # every third seed is killed a second time, while it recovers


@dataclass(frozen=True)
class Kill:
    """Where and with which seed; `name` is how its files and database are called."""

    point: Point
    seed: int
    engine: str
    channel: str

    @property
    def name(self) -> str:
        place = list(Point).index(self.point)
        return f"run-{place:02}-{self.seed}-{self.engine}-{self.channel}"

    @property
    def stage(self) -> str:
        return "published" if self.point in PLANNING else "planned"

    def plan(self) -> list[tuple[Point, int]]:
        """Return the points of its kills, in their order, and how often each is passed."""
        dice = random.Random(self.name)  # noqa: S311  # seeded: a failure can be played again
        if self.point in AFTER_A_KILL:
            first = dice.choice(IN_THE_WINDOW)
            passes = dice.randint(1, PASSES.get(self.point, 1))
            return [(first, dice.randint(1, PASSES[first])), (self.point, passes)]
        kills = [(self.point, dice.randint(1, PASSES.get(self.point, 1)))]
        if self.seed % EVERY_SO_OFTEN == 0:
            second = dice.choice([Point.IN_RECOVERY, *PASSES])
            kills.append((second, dice.randint(1, PASSES.get(second, 1))))
        return kills


@dataclass
class Found:
    """What the checker found of one run."""

    key: list[str | int]
    kills: int
    kills_while_recovering: int = 0
    actions: int = ACTIONS
    accepted: int = 0  # by the provider's log
    twice: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    waited: list[str] = field(default_factory=list)  # and why; tried again by a later sweep
    doubts: int = 0
    unfinished: int = 0
    doubts_accepted: int = 0  # of the doubts, those in the provider's log
    failed: str = ""

    @property
    def is_clean(self) -> bool:
        spoiled = self.twice or self.lost or self.wrong or self.failed
        return not spoiled and self.doubts == self.unfinished

    def as_line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


def carry_out(company: Company, logs: Path, kills: list[tuple[Point, int]]) -> list[int]:
    """Play the company's day in victims until each kill has struck; return which struck."""
    struck = []
    for no, (point, passes) in enumerate(kills):
        mode = logs / f"{company.run}.mode"
        if point in SERVED:
            mode.write_text(SERVED[point])
        was_killed = _is_killed(lambda p=point, n=passes, no=no: _live(company, p, n, again=no > 0))
        mode.unlink(missing_ok=True)
        if was_killed:
            struck.append(no)
    return struck


def _live(company: Company, point: Point, passes: int, *, again: bool) -> None:
    if again:
        note_unfinished(company)
    arm(point, passes, _after_a_while if point is Point.ACCEPTED_NO_ANSWER else kill_the_group)
    play(company)


def _after_a_while() -> None:
    time.sleep(0.1)  # so that the provider has taken it and keeps its answer back
    kill_the_group()


def _is_killed(live: Callable[[], None]) -> bool:
    """Fork a victim in a group of its own; say whether it was killed, or came to its end."""
    sys.stdout.flush()
    victim = os.fork()
    if victim == 0:
        os.setsid()
        try:
            live()
        except BaseException:  # noqa: BLE001  # the parent tells of it
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(victim, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if os.WEXITSTATUS(status):
        raise SystemExit("a victim ended with an error instead of a kill: see above")
    return False


def accepted_by(logs: Path, run: str) -> Counter[str]:
    """Return how often the provider took each action."""
    place = logs / f"{run}.log"
    lines = place.read_text().splitlines() if place.exists() else []
    return Counter(json.loads(line)["action"] for line in lines)


def judge(found: Found, told: dict[str, object], logs: Path) -> Found:
    """Compare what Callsheet says with what the provider wrote down."""
    if "failed" in told:
        found.failed = str(told["failed"])
        return found
    taken, states = accepted_by(logs, str(told["run"])), dict(told["states"])
    unfinished, doubts = set(told["unfinished"]), set(told["doubted"])
    open_doubts = {key for key, state in states.items() if state == "in_doubt"}
    found.accepted = len(taken)
    found.twice = [key for key, count in taken.items() if count > 1]
    gone = [key for key in states if key not in taken and key not in open_doubts]
    found.lost = [f"{key} {states[key]}" for key in gone]
    found.lost += ["missing"] * (found.actions - len(states))
    found.wrong = [key for key in taken if states.get(key) != "delivered"]
    found.wrong += sorted(doubts ^ unfinished)
    found.waited = list(told["waited"])
    found.doubts, found.unfinished = len(doubts), len(unfinished)
    found.doubts_accepted = len(doubts & taken.keys())  # and closed since by what was told
    found.failed = str(told["ledger"])
    return found
