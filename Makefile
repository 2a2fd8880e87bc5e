# Two commands set everything up: `make run` plays a day on the sample company, `make test` proves it.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
export UV_COMPILE_BYTECODE = 1
export UV_PROJECT_ENVIRONMENT = $(VENV)

.PHONY: help setup run test lint types check clean

help:  ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 24

setup: $(STAMP)  ## Make .venv from the lock file (needs Python 3.11+, pip and make)

$(STAMP): pyproject.toml uv.lock
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet uv; }
	$(BIN)/uv sync --frozen --quiet --inexact
	@touch $(STAMP)

run: setup  ## Play a day on the sample company
	@$(BIN)/callsheet run

test: setup  ## Run every test that CI runs
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup  ## Style of Python and SQL
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint callsheet/sql

types: setup  ## Strict types
	$(BIN)/mypy

check: lint types test  ## What CI runs

clean:  ## Remove the environment and the local data
	rm -rf $(VENV) var
