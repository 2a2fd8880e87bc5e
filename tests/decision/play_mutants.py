"""Play mutants of the decision's SQL against the cases and the properties, and name survivors.

    python tests/decision/play_mutants.py [--sample 80] [--jobs 2] [--worlds 600] [--all]

A mutant is killed when it decides any world otherwise than the rules do. One that DuckDB refuses
is stillborn and counts for nothing. Each is played by a process of its own, from a copy of the
SQL that holds the mutant.
"""

# ruff: noqa: T201  # it is read at a terminal
import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent)]

from mutants import Mutant, all_mutants  # noqa: E402  # found on the path set above

Row = dict[str, Any]
PATIENCE_SECONDS = 60  # a lost join key multiplies worlds with worlds
MEMORY_BYTES = 4 << 30
Batches = list[tuple[str, list[tuple[Row, list[Row]]]]]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: killed (by what), survived, or stillborn (why)."""

    mutant: Mutant
    fate: str
    why: str = ""


def corpus(worlds: int) -> Batches:
    """Return batches of (world, what the rules say): cases first, then random worlds and plays."""
    from reference.case_files import own_cases
    from reference.decide import decide
    from reference.plays import play
    from reference.worlds import random_world, seeded

    cases = own_cases(HERE / "cases")
    given = []
    for folder in ROOT.parents:
        path = folder / "shared" / "cases" / "decision_cases.json"
        if path.is_file():
            given += json.loads(path.read_text())["cases"]
    many = [random_world(seeded(10_000 + n)) for n in range(worlds)]
    played = [morning for n in range(worlds // 60) for morning in play(seeded(n), decide)]
    return [
        ("our own cases", [(case["world"], case["expect"]) for case in cases]),
        ("the given cases", [(case["world"], case["expect"]) for case in given]),
        ("random worlds", [(world, decide(world)) for world in many]),
        ("sixty-day plays", played),
    ]


def asked_files() -> list[Path]:
    """Return the files of SQL that decide a world: the rest is judged by the play of days."""
    import duckdb

    from callsheet.decision.questions import FOLDER
    from callsheet.decision.world import ask_worlds

    with duckdb.connect(":memory:") as con:
        return [FOLDER / f"{question}.sql" for question in ask_worlds(con, []).asked]


def sampled(mutants: list[Mutant], count: int) -> list[Mutant]:
    """Return so many mutants, every operator and every file in turn, the same on any day."""
    order = random.Random("mutants")  # noqa: S311  # a choice, not a secret
    queues: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in mutants:
        queues.setdefault((mutant.operator, mutant.path.stem), []).append(mutant)
    for queue in queues.values():
        order.shuffle(queue)
    turns = sorted(queues)
    order.shuffle(turns)
    chosen: list[Mutant] = []
    while len(chosen) < count and any(queues.values()):
        chosen += [queues[turn].pop() for turn in turns if queues[turn]]
    return chosen[:count]


def verdicts(mutants: list[Mutant], batches: Batches, jobs: int) -> list[Verdict]:
    """Play every mutant in a process of its own, `jobs` at a time, from the SQL of this moment."""
    from callsheet.decision.questions import FOLDER

    parts = multiprocessing.get_context("forkserver")
    parts.set_forkserver_preload(["callsheet.decision.world"])  # loaded once, not run
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as threads:
        frozen = Path(folder) / "sql"
        shutil.copytree(FOLDER, frozen)

        def verdict(mutant: Mutant) -> Verdict:
            here, there = parts.Pipe(duplex=False)
            task = (mutant, mutant.path.relative_to(FOLDER), frozen, batches, there)
            child = parts.Process(target=_play, args=task)
            child.start()
            there.close()
            try:
                if not here.poll(PATIENCE_SECONDS):
                    return Verdict(mutant, "killed", "by never ending")
                return cast(Verdict, here.recv())
            except EOFError:
                return Verdict(mutant, "killed", "by its process ending")
            finally:
                child.kill()
                child.join()

        return list(threads.map(verdict, mutants))


def _play(mutant: Mutant, file: Path, frozen: Path, batches: Batches, answer: Connection) -> None:
    """Decide by a copy of the SQL that holds the mutant."""
    from callsheet.decision import questions

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    nowhere = os.open(os.devnull, os.O_WRONLY)  # a mutant's last words
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(frozen, folder, dirs_exist_ok=True)
        (Path(folder) / file).write_text(mutant.text, encoding="utf-8")
        questions.FOLDER = Path(folder)
        questions.text_of.cache_clear()
        answer.send(_judge(mutant, batches))


def _judge(mutant: Mutant, batches: Batches) -> Verdict:
    import duckdb

    from callsheet.decision.world import decide_worlds

    for name, batch in batches:
        try:
            answers = decide_worlds([world for world, _ in batch])
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            return Verdict(mutant, "stillborn", str(error).split("\n")[0])
        except duckdb.Error as error:
            return Verdict(mutant, "killed", f"by failing: {type(error).__name__}")
        if answers != [expected for _, expected in batch]:
            return Verdict(mutant, "killed", name)
    return Verdict(mutant, "survived")


def named_survivors() -> dict[str, str]:
    """Return the mutants known to decide like the rules, each with the reason."""
    return yaml.safe_load((HERE / "surviving_mutants.yaml").read_text()) or {}


def main() -> int:
    """Play a sample (or all), tell of each survivor without a reason, and count."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sample", type=int, default=80)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--worlds", type=int, default=600)
    asked.add_argument("--all", action="store_true")
    asked.add_argument("--tolerate", type=int, default=0, help="percent without a reason")
    asked.add_argument("--part", default="1/1", help="3/8: the third eighth of the sample")
    asked.add_argument("--only", default="", help="a word of the mutants to play")
    options = asked.parse_args()
    mutants = [mutant for mutant in all_mutants(asked_files()) if options.only in mutant.name]
    chosen = mutants if options.all else sampled(mutants, options.sample)
    part, parts = map(int, options.part.split("/"))
    chosen = chosen[part - 1 :: parts]
    found = verdicts(chosen, corpus(options.worlds), options.jobs)
    named = named_survivors()
    survivors = [verdict.mutant for verdict in found if verdict.fate == "survived"]
    unnamed = [mutant for mutant in survivors if mutant.name not in named]
    for mutant in unnamed:
        print(f"survived without a reason, line {mutant.line}: {mutant.name}")
    fates = Counter(verdict.fate for verdict in found)
    killers = Counter(verdict.why for verdict in found if verdict.fate == "killed")
    print(f"{len(mutants)} mutants, {len(chosen)} played: {dict(fates)}; killed by {dict(killers)}")
    return 1 if 100 * len(unnamed) > options.tolerate * len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
