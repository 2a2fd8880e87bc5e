"""Several dispatchers at once, and a database that is restarted under them: nothing goes astray.

`dispatchers.py --dispatchers 2 4 8` starts so many processes together, each with its recovery; the
provider answers after 5 to 500 ms. `--restarts SECONDS` stops PostgreSQL at once every so often and
starts it again. Whoever is alive leaves no doubt: each one that is found was a false one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from servers import Postgres, a_postgres, a_provider

HERE = Path(__file__).parent
ENTITIES = ("FR1", "FR2")
HEAD = (
    "| database | dispatchers | restarts | actions | accepted | sent twice | missing"
    " | outcomes lost | false doubts |\n|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Trial:
    """How many dispatchers send how many messages, and how often their database is restarted."""

    engine: str
    dispatchers: int
    actions: int
    restart_seconds: float = 0.0


@dataclass
class Outcome:
    """What came of a trial."""

    accepted: int
    twice: int
    missing: int
    lost: int
    doubts: int
    restarts: int
    unfinished: int  # dispatchers that did not come to their end

    @property
    def is_clean(self) -> bool:
        return not (self.twice or self.missing or self.lost or self.doubts or self.unfinished)


def play(trial: Trial, folder: Path, postgres: Postgres | None) -> Outcome:
    """Start the dispatchers together, wait for all of them, and count."""
    home, logs = folder / "home", folder / "provider"
    run = f"run-{trial.engine}-{trial.dispatchers}"
    url = ""
    if postgres is not None:
        postgres.ask(f'create database "{run}"')
        url = postgres.address(run)
    prepare = [sys.executable, HERE / "prepare.py", "confirmed", home, url, str(trial.actions)]
    subprocess.run(prepare, check=True)
    with a_provider(logs) as ports:
        (logs / f"{run}.mode").write_text("slow")
        company = {
            "run": run, "home": str(home), "url": url, "channel": "smtp", "port": ports["smtp"],
            "logs": str(logs), "threads": 8, "lease_seconds": 20,
        }  # fmt: skip
        with restarted(postgres, trial.restart_seconds) as restarts:
            told = dispatch_together(company, trial)
    ended = [json.loads(states) for states in told if states]
    return judge(ended[-1], logs / f"{run}.log", restarts[0], len(told) - len(ended))


def dispatch_together(company: dict[str, object], trial: Trial) -> list[str]:
    """Return what each dispatcher printed at its end; nothing of one that did not get there."""
    processes = []
    for number in range(trial.dispatchers):
        mine = ENTITIES[number % 2 :] + ENTITIES[: number % 2]
        entities = mine if trial.engine == "postgresql" and number % 4 < 2 else ()
        command = [sys.executable, HERE / "one_dispatcher.py", json.dumps(company), *entities]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    return [process.communicate()[0] for process in processes]


@contextmanager
def restarted(postgres: Postgres | None, seconds: float) -> Iterator[list[int]]:
    """Stop the database at once and start it again, every so often meanwhile."""
    count, ended = [0], threading.Event()

    def restart() -> None:
        while not ended.wait(seconds):
            postgres.stop_at_once()
            postgres.start()
            count[0] += 1

    restarting = threading.Thread(target=restart)
    if seconds:
        restarting.start()
    try:
        yield count
    finally:
        ended.set()
        if seconds:
            restarting.join()


def judge(states: dict[str, str], log: Path, restarts: int, unfinished: int) -> Outcome:
    taken = Counter(json.loads(line)["action"] for line in log.read_text().splitlines())
    return Outcome(
        accepted=len(taken),
        twice=sum(count > 1 for count in taken.values()),
        missing=sum(key not in taken for key in states),
        lost=sum(states[key] != "accepted" for key in taken),
        doubts=sum(state == "in_doubt" for state in states.values()),
        restarts=restarts,
        unfinished=unfinished,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dispatchers", nargs="+", type=int, default=[2, 4, 8])
    parser.add_argument("--engines", nargs="+", default=("duckdb", "postgresql"))
    parser.add_argument("--actions", type=int, default=400)
    parser.add_argument("--restarts", type=float, default=0.0, help="seconds between them")
    options = parser.parse_args()
    print(HEAD, flush=True)  # noqa: T201  # what the command is for
    is_clean = True
    for engine in options.engines:
        for number in options.dispatchers:
            trial = Trial(engine, number, options.actions, options.restarts)
            found = in_a_folder(trial)
            is_clean = is_clean and found.is_clean
            cells = [engine, number, found.restarts, trial.actions, found.accepted, found.twice,
                     found.missing, found.lost, found.doubts]  # fmt: skip
            print(f"| {' | '.join(map(str, cells))} |", flush=True)  # noqa: T201
            if not found.is_clean:
                print("NOT CLEAN", asdict(found), flush=True)  # noqa: T201
    sys.exit(0 if is_clean else 1)


def in_a_folder(trial: Trial) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="callsheet-dispatchers-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL's own user looks into it
        if trial.engine == "duckdb":
            return play(trial, folder, None)
        with a_postgres(folder / "server") as postgres:
            return play(trial, folder, postgres)


if __name__ == "__main__":
    main()
