"""Show the valves: ordinary days that nothing may stop, disasters that nothing may pass.

`python -m valves.show --days 730 --disasters all --report FILE` in the folder `tests`. What was
played is kept in `--keep`: called again it goes on where it stopped, and the report is written
from what is kept. Days are kept ten at a time.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from time import process_time

from callsheet.replay import business_days

from .disasters import DISASTERS
from .ordinary_business import FIRST_DAY
from .stage import Played, Provider, Stage, running_provider

A_STRETCH = 10  # days that are played, or played again, at once
CONTROL = "no disaster"


@dataclass(frozen=True)
class Ended:
    """How a disaster ended: what the provider took, and what stopped the rest."""

    name: str
    left: int
    stopped_by: Sequence[str]
    said: Sequence[str]


@dataclass(frozen=True)
class Show:
    """What the show came to."""

    days: list[Played]
    ended: list[Ended]

    @property
    def holds(self) -> dict[date, Sequence[str]]:
        """Return the ordinary days on which a breaker opened; on the first there is the canary."""
        return {one.on: one.found for one in self.days[1:] if one.found}

    @property
    def control(self) -> int:
        """Return how many messages leave on the same morning without a disaster."""
        return next(one.left for one in self.ended if one.name == CONTROL)

    @property
    def disasters(self) -> list[Ended]:
        """Return how the disasters ended."""
        return [one for one in self.ended if one.name != CONTROL]

    @property
    def is_as_promised(self) -> bool:
        """Say whether nothing left in a disaster, and ordinary days were let alone."""
        is_quiet = len(self.holds) <= len(self.days) * 0.01
        return self.control > 0 and not any(one.left for one in self.disasters) and is_quiet


class Kept:
    """What was played so far: one line of JSON a day and a disaster, in a file that only grows."""

    def __init__(self, file: Path) -> None:
        self.file = file
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        told = [json.loads(line) for line in lines if line.endswith("}")]
        self.days = [Played.of_text(one) for one in told if "on" in one]
        self.ended = [Ended(**one) for one in told if "name" in one]

    def add(self, *found: Played | Ended) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            for one in found:
                plain = one.as_text() if isinstance(one, Played) else asdict(one)
                file.write(json.dumps(plain) + "\n")
                (self.days if isinstance(one, Played) else self.ended).append(one)  # type: ignore[arg-type]


def play_show(
    root: Path,
    days: int,
    customers: int,
    names: Sequence[str],
    heard: Callable[[str], None] = lambda _: None,
) -> Show:
    """Play the ordinary days, then the same Monday once without and once with each disaster.

    What lies in `root` was played already. `heard` is told of each day and disaster as it ends.
    """
    root.mkdir(parents=True, exist_ok=True)
    friday = _friday_before(FIRST_DAY + timedelta(days=days - 1))
    stage = Stage(root, (friday - FIRST_DAY).days + 1, customers)
    kept = Kept(root / "played.jsonl")
    _play_days(stage, kept, heard)
    with running_provider() as provider:
        stage.set_up_mornings(provider)
        known = {one.name for one in kept.ended}
        for name in [CONTROL, *names]:
            if name not in known:
                kept.add(_ended(stage, provider, name))
                heard(_line(kept.ended[-1]))
    return Show(kept.days, [one for one in kept.ended if one.name in {CONTROL, *names}])


def _play_days(stage: Stage, kept: Kept, heard: Callable[[str], None]) -> None:
    """Play the days before the last Friday, a stretch at a time; a backup is of its Tuesday."""
    last = stage.last_day - timedelta(days=1)
    wanted = [on for on in business_days(FIRST_DAY, last) if on not in {o.on for o in kept.days}]
    before = kept.days[-1].on if kept.days else None
    if wanted:
        stage.go_back_to(before)
    for stretch in _stretches(wanted, stage.last_day - timedelta(days=3)):
        began = process_time()
        played = stage.play_ordinary_days(stretch, heard)
        stage.keep(stretch[-1], is_backup=stretch[-1] == stage.last_day - timedelta(days=3))
        kept.add(*played)
        if before is not None:
            stage.forget(before)
        before = stretch[-1]
        heard(f"{(process_time() - began) / len(stretch):.2f} s CPU a day")


def _stretches(days: Sequence[date], backup_on: date) -> Iterator[list[date]]:
    stretch: list[date] = []
    for on in days:
        stretch.append(on)
        if len(stretch) == A_STRETCH or on in {backup_on, days[-1]}:
            yield stretch
            stretch = []


def _friday_before(day: date) -> date:
    return day - timedelta(days=(day.weekday() - 4) % 7)


def _ended(stage: Stage, provider: Provider, name: str) -> Ended:
    stage.restore()
    morning = stage.morning(stage.last_day + timedelta(days=3), provider)
    if name != CONTROL:
        DISASTERS[name](morning)
    if morning.doubts:  # they come of the day before
        provider.failing = morning.doubts
        stage.play(stage.morning(morning.as_of, provider), provider)
        morning = stage.morning(morning.as_of + timedelta(days=1), provider)
    before = provider.taken
    said = stage.play(morning, provider)
    return Ended(name, provider.taken - before, stage.stopped_by(morning), said)


def report(show: Show) -> str:
    """Return the show as a page: figures first, then a line for each disaster."""
    stopped = sum(one.left == 0 for one in show.disasters)
    messages = sum(one.messages for one in show.days)
    share = len(show.holds) / len(show.days)
    holds = f"{len(show.holds)} ({share:.1%})"
    all_stopped = f"{stopped} of {len(show.disasters)} stopped before a message left"
    first, last = show.days[0].on, show.days[-1].on
    lines = [
        f"- ordinary: {len(show.days)} business days, {first} to {last}; {messages} messages",
        f"- ordinary days held: {holds}",
        f"- disasters: {all_stopped}; the same morning without one: {show.control} messages",
        "",
        "| disaster | messages that left | stopped by |",
        "|---|---:|---|",
    ]
    lines += [_line(one) for one in show.disasters]
    lines += ["", *(f"- held on {on}: {'; '.join(found)}" for on, found in show.holds.items())]
    return "\n".join(lines).rstrip() + "\n"


def _line(one: Ended) -> str:
    by = ", ".join(one.stopped_by) or ", ".join(one.said)
    return f"| {one.name.replace('_', ' ')} | {one.left} | {by} |"


def main() -> None:
    """Play the show and print its table; end with 1 when anything left or too much was held."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--days", type=int, default=730)
    asked.add_argument("--customers", type=int, default=600)
    asked.add_argument("--disasters", default="all", help="names, or how many, or all")
    asked.add_argument("--keep", type=Path, default=Path("../var/valves"))
    asked.add_argument("--afresh", action="store_true", help="forget what was played")
    asked.add_argument("--report", type=Path)
    given = asked.parse_args()
    root = given.keep.resolve() / f"{given.days}-days-{given.customers}-customers"
    if given.afresh:
        shutil.rmtree(root, ignore_errors=True)
    show = play_show(root, given.days, given.customers, chosen(given.disasters), _say)
    page = report(show)
    print(page)  # noqa: T201  # the command's answer
    if given.report:
        given.report.write_text(page, encoding="utf-8")
    sys.exit(0 if show.is_as_promised else 1)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # it runs for long


def chosen(words: str) -> list[str]:
    """Return the disasters asked for; a number takes so many, evenly from the whole list."""
    names = list(DISASTERS)
    if words == "all":
        return names
    if words.isdecimal():
        count = int(words)
        return [names[place * len(names) // count] for place in range(count)]
    return words.split(",")


if __name__ == "__main__":
    main()
