"""Show the valves: ordinary days that nothing may stop, disasters that nothing may pass.

`python -m valves.show --days 730 --disasters all --report FILE` in the folder `tests`.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from .disasters import DISASTERS
from .ordinary_business import FIRST_DAY
from .stage import Provider, Stage, running_provider


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

    days: int
    messages: int
    holds: dict[date, list[str]]
    control: int  # messages of the same morning without a disaster
    ended: list[Ended]


def friday_before(day: date) -> date:
    return day - timedelta(days=(day.weekday() - 4) % 7)


def play_show(
    root: Path,
    days: int,
    customers: int,
    names: Sequence[str],
    heard: Callable[[str], None] = lambda _: None,
) -> Show:
    """Play the ordinary days, then the same Monday once without and once with each disaster.

    `heard` is told of each day and each disaster as it ends.
    """
    friday = friday_before(FIRST_DAY + timedelta(days=days - 1))
    stage = Stage(root, (friday - FIRST_DAY).days + 1, customers)
    stage.heard = heard
    stage.play_ordinary_days(until=friday - timedelta(days=3))
    stage.keep_backup()
    stage.play_ordinary_days(until=friday - timedelta(days=1))
    with running_provider() as provider:
        stage.set_up_mornings(provider)
        control = _control(stage, provider)
        ended = []
        for name in names:
            ended.append(_ended(stage, provider, name))
            heard(_line(ended[-1]))
    return Show(len(stage.played), stage.messages, stage.holds, control, ended)


def _control(stage: Stage, provider: Provider) -> int:
    stage.restore()
    morning = stage.morning(stage.last_day + timedelta(days=3), provider)
    before = provider.taken
    said = stage.play(morning, provider)
    assert said == [], (said, stage.stopped_by(morning))
    return provider.taken - before


def _ended(stage: Stage, provider: Provider, name: str) -> Ended:
    stage.restore()
    morning = stage.morning(stage.last_day + timedelta(days=3), provider)
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
    stopped = sum(one.left == 0 for one in show.ended)
    share = len(show.holds) / show.days
    holds = f"{len(show.holds)} days with a false hold ({share:.1%})"
    all_stopped = f"{stopped} of {len(show.ended)} stopped before a message left"
    lines = [
        f"- ordinary: {show.days} business days, {show.messages} messages, {holds}",
        f"- disasters: {all_stopped}; the same morning without one: {show.control} messages",
        "",
        "| disaster | messages that left | stopped by |",
        "|---|---:|---|",
    ]
    lines += [_line(one) for one in show.ended]
    lines += [f"- false hold on {on}: {'; '.join(found)}" for on, found in show.holds.items()]
    return "\n".join(lines) + "\n"


def _line(one: Ended) -> str:
    by = ", ".join(one.stopped_by) or ", ".join(one.said)
    return f"| {one.name.replace('_', ' ')} | {one.left} | {by} |"


def main() -> None:
    """Play the show and print its table; end with 1 when anything left or too much was held."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--days", type=int, default=730)
    asked.add_argument("--customers", type=int, default=600)
    asked.add_argument("--disasters", default="all", help="names, or how many, or all")
    asked.add_argument("--report", type=Path)
    given = asked.parse_args()
    root = Path(tempfile.mkdtemp(prefix="callsheet-valves-"))
    try:
        show = play_show(root, given.days, given.customers, chosen(given.disasters), _say)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    page = report(show)
    print(page)  # noqa: T201  # the command's answer
    if given.report:
        given.report.write_text(page, encoding="utf-8")
    is_shown = all(one.left == 0 for one in show.ended) and len(show.holds) <= show.days * 0.01
    sys.exit(0 if is_shown else 1)


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
