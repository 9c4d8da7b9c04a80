# Needs Python 3.11 or newer and make; everything else it fetches itself.
#
#   make run            the whole of Doorstep with its demo shop   PORT=8000 DATA=.data
#   make test           lint, types, import contracts, every test
#   make lint           only what takes seconds
#   make bench-NAME     one performance figure                     N=size
#   make lock           write the lock files anew

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST_ARGS ?= -n 2 --dist worksteal

.PHONY: run test lint lock clean help bench-import
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

# `exec`: Ctrl-C and signals reach Doorstep itself, with no shell in between.
run: $(VENV)/.runtime
	@exec $(BIN)/doorstep run

test: lint
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m dev.check_generated

# "import" is a keyword of the language, so that module is called otherwise.
bench-import: $(VENV)/.dev
	@$(BIN)/python -m bench.history_import

bench-%: $(VENV)/.dev
	@$(BIN)/python -m bench.$(subst -,_,$*)

lock:
	$(PYTHON) -m dev.lock

clean:
	rm -rf $(VENV) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Doorstep needs Python 3.11 or newer. Name one: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "This Python cannot make environments; on Debian: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: requirements.lock requirements-pdf.lock pyproject.toml | $(BIN)/python
	@echo "Installing Doorstep into $(VENV) ..."
	@$(PIP) -r requirements-pdf.lock
	@$(PIP) --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "Installing the test tools into $(VENV) ..."
	@$(PIP) -r requirements-dev.lock
	@touch $@
