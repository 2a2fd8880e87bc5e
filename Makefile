# Two commands set everything up: `make run` plays a day on the sample company, `make test` proves it.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# A worker per core, a file at a time, in the order of their names: the long files are not the last.
AT_ONCE := -n $(shell nproc) --dist loadfile --no-loadscope-reorder
export UV_COMPILE_BYTECODE = 1
export UV_PROJECT_ENVIRONMENT = $(VENV)

.PHONY: help setup run ui test nightly lint types check clean \
	bench-decide bench-ledger bench-dispatch bench-warehouse bench-sealing bench-validate bench-morning \
	crashlab faults show-valves fuzz

help:  ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 24

setup: $(STAMP)  ## Make .venv from the lock file (needs Python 3.11+, pip and make)

$(STAMP): pyproject.toml uv.lock
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet uv; }
	$(BIN)/uv sync --frozen --quiet --inexact
	@touch $(STAMP)

run: setup  ## Play a day on the sample company (ends 0 when the day was played, exceptions included)
	@$(BIN)/callsheet run || [ $$? -eq 1 ]

ui: setup  ## Start a local Prefect with our deployments and a worker, offline
	@$(BIN)/callsheet ui

test: setup  ## Run every test that CI runs
	@tests/servers.sh
	$(BIN)/python -m pytest $(AT_ONCE)

nightly: setup  ## Run the long versions: thousands of worlds, every mutant
	@tests/servers.sh
	$(BIN)/python -m pytest $(AT_ONCE) -m nightly

bench-decide: setup  ## Time the decision at 100k, 1M and 10M items
	$(BIN)/python benchmarks/bench_decide.py

bench-ledger: setup  ## Time the ledger: 100,000 events written, 1,000,000 verified, on both engines
	@tests/servers.sh
	$(BIN)/python benchmarks/bench_ledger.py --report docs/benchmarks-ledger.md

bench-dispatch: setup  ## Time the dispatch of 10,000 and 100,000 e-mails beside a bare loop
	$(BIN)/python benchmarks/bench_dispatch.py --report docs/benchmarks-dispatch.md

bench-warehouse: setup  ## Time bulk in and out of PostgreSQL beside the bare COPY
	@tests/servers.sh
	$(BIN)/python benchmarks/bench_warehouse.py --report docs/benchmarks-warehouse.md

bench-sealing: setup  ## Time what a key per customer costs
	$(BIN)/python benchmarks/bench_sealing.py 1000 100000

bench-validate: setup  ## Time the validation of 1M and 10M rows
	$(BIN)/python benchmarks/bench_validate.py --report docs/benchmarks-validate.md

bench-morning: setup  ## Time a whole morning from PostgreSQL: pull, validate, publish, decide
	@tests/servers.sh
	$(BIN)/python benchmarks/bench_morning.py --report docs/benchmarks-morning.md

SEEDS ?= 25
crashlab: setup  ## Kill a dispatch at every point, SEEDS times each, on both databases; goes on where it stopped
	@tests/servers.sh
	$(BIN)/python tests/crashlab/crashlab.py --seeds $(SEEDS) --report docs/crash-laboratory.md

faults: setup  ## Play every fault of a provider forty times
	$(BIN)/python tests/crashlab/faults.py --times 40

show-valves: setup  ## Play two ordinary years and every disaster through the valves
	cd tests && ../$(BIN)/python -m valves.show --days 730 --disasters all --report ../var/valves.md

fuzz: setup  ## Spoil 100,000 files and 500 pulls, and look for a row that is lost
	cd tests && ../$(BIN)/python -m ingest.fuzz

lint: setup  ## Style of Python and SQL
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint callsheet/sql

types: setup  ## Strict types
	$(BIN)/mypy

check: lint types test  ## What CI runs

clean:  ## Remove the environment and the local data
	rm -rf $(VENV) var
