"""The crash laboratory: kill -9 at every point × seeds × databases × channels, and count.

`crashlab.py --seeds 25 --results FILE` goes on where FILE ends. A victim is a fork of this
process, which has imported Callsheet and never opened a warehouse; it dies with its process group.
Recovery is a fresh interpreter, one for the victims of a seed. The provider is a process of its
own. The checker reads its log only.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import report
from kills import AFTER_A_KILL, Found, Kill, carry_out, judge
from servers import Postgres, a_postgres, a_provider
from the_day import Company
from to_a_stub import ROOT

from callsheet.configuration import scenarios_in
from callsheet.crash_points import Point

HERE = Path(__file__).parent
ENGINES, CHANNELS = ("duckdb", "postgresql"), ("smtp", "sendgrid")
POINTS = tuple(map(str, Point))


class Laboratory:
    """Templates of the company on each engine, the provider, and what was found so far."""

    def __init__(self, folder: Path, ports: dict[str, int], postgres: Postgres | None) -> None:
        self.folder, self.ports, self.postgres = folder, ports, postgres
        self.logs = folder / "provider"

    def prepare(self, kills: Iterable[Kill]) -> None:
        """Make each company that is needed once, in a process of its own."""
        for engine, stage in sorted({(kill.engine, kill.stage) for kill in kills}):
            command = [sys.executable, HERE / "prepare.py", stage, self.template(engine, stage)]
            if engine == "postgresql":
                self.postgres.ask(f"create database lab_{stage}")
                command.append(self.postgres.address(f"lab_{stage}"))
            subprocess.run(command, check=True)

    def template(self, engine: str, stage: str) -> Path:
        return self.folder / f"{engine}-{stage}"

    def company(self, kill: Kill) -> Company:
        """Copy the company that a kill is played on; what an earlier try left is thrown away."""
        home = self.folder / kill.name
        shutil.rmtree(home, ignore_errors=True)
        (self.logs / f"{kill.name}.log").unlink(missing_ok=True)
        shutil.copytree(self.template(kill.engine, kill.stage), home)
        url = ""
        if kill.engine == "postgresql":
            self.postgres.ask(f'drop database if exists "{kill.name}" with (force)')
            url = self.postgres.copy(kill.name, f"lab_{kill.stage}")
        port = self.ports[kill.channel]
        logs = str(self.logs)
        return Company(kill.name, str(home), url, kill.channel, port, logs, kill.stage)

    def forget(self, kill: Kill) -> None:
        shutil.rmtree(self.folder / kill.name, ignore_errors=True)
        if kill.engine == "postgresql":
            self.postgres.ask(f'drop database if exists "{kill.name}" with (force)')

    def play(self, kills: list[Kill]) -> Iterator[Found]:
        """Kill them all, recover them all in one fresh interpreter, judge each."""
        struck = [self._struck(kill) for kill in kills]
        companies = self.folder / "companies.jsonl"
        results = self.folder / "recovered.jsonl"
        companies.write_text("".join(json.dumps(company.as_text()) + "\n" for company, _ in struck))
        subprocess.run([sys.executable, HERE / "recover.py", companies, results], check=True)
        told = [json.loads(line) for line in results.read_text().splitlines()]
        for kill, (_, found), said in zip(kills, struck, told, strict=True):
            yield judge(found, said, self.logs)
            self.forget(kill)

    def _struck(self, kill: Kill) -> tuple[Company, Found]:
        plan = kill.plan()
        company = self.company(kill)
        done = carry_out(company, self.logs, plan)
        last = len(plan) - 1 if kill.point in AFTER_A_KILL else 0
        if last not in done:  # it is passed less often than the dice said: the first time, then
            company = self.company(kill)
            done = carry_out(company, self.logs, [(point, 1) for point, _ in plan])
        if last not in done:
            raise SystemExit(f"{kill}: this point was never reached")
        key = [str(kill.point), kill.seed, kill.engine, kill.channel]
        return company, Found(key, kills=len(done), kills_while_recovering=len(done) - 1)


def wanted(options: argparse.Namespace) -> Iterator[list[Kill]]:
    """Yield the kills that are not done yet, those of one seed together."""
    done = {tuple(one["key"]) for one in report.read(options.results)}
    points = [Point(name) for name in options.points]
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        yield [
            kill
            for engine in options.engines
            for channel in options.channels
            for point in points
            if (str(point), seed, engine, channel) not in done
            for kill in [Kill(point, seed, engine, channel)]
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    parser.add_argument("--channels", nargs="+", default=CHANNELS, choices=CHANNELS)
    parser.add_argument("--points", nargs="+", default=POINTS, choices=POINTS)
    parser.add_argument("--results", type=Path, default=Path("var/crashlab.jsonl"))
    parser.add_argument("--chunks", type=int, help="stop after so many seeds")
    parser.add_argument("--report", type=Path, help="write the table there")
    options = parser.parse_args()
    chunks = list(islice(filter(None, wanted(options)), options.chunks))
    options.results.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="callsheet-crashlab-"))
    try:
        explore(options, chunks, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(report.tell(options.results, options.report))


def explore(options: argparse.Namespace, chunks: list[list[Kill]], folder: Path) -> None:
    folder.chmod(0o755)  # PostgreSQL's own user looks into it
    engines = {kill.engine for chunk in chunks for kill in chunk}
    if "postgresql" not in engines:
        with a_provider(folder / "provider") as ports:
            play_all(options, chunks, Laboratory(folder, ports, None))
        return
    with a_provider(folder / "provider") as ports, a_postgres(folder / "server") as postgres:
        play_all(options, chunks, Laboratory(folder, ports, postgres))


def play_all(options: argparse.Namespace, chunks: list[list[Kill]], lab: Laboratory) -> None:
    scenarios_in(ROOT / "scenarios")  # read once: a victim is given them, as it is its imports
    lab.prepare(kill for chunk in chunks for kill in chunk)
    for part in chunks:
        with options.results.open("a") as results:
            for found in lab.play(part):
                results.write(found.as_line())
                results.flush()
                if not found.is_clean:
                    print("NOT CLEAN", found.as_line(), flush=True)  # noqa: T201
        print("seed", part[0].seed, len(part), "killed", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
