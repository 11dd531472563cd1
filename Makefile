# Everything a newcomer runs. Needs Python 3.11 or newer with venv and pip, git and make; installs the rest
# into .venv from the hashed locks, and again only when a lock or pyproject.toml has changed.

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$name -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --no-annotate --python-version 3.11 --quiet
SCHEDULES ?= 100
ARGS ?=

.PHONY: help setup demo test check format simulate bench lock clean
.DEFAULT_GOAL := help

help:  ## these lines
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## +/\t/' | expand -t 12

setup: $(STAMPS)/development  ## install everything into .venv

demo: $(STAMPS)/product  ## the whole loop against both simulators (ARGS="--people 50")
	@$(BIN)/leadloop demo $(ARGS)

test: $(STAMPS)/development  ## every test (ARGS="tests/rules -x")
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: $(STAMPS)/development  ## format, lint, types, imports, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .

format: $(STAMPS)/development  ## put the code into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

simulate: $(STAMPS)/development  ## seeded schedules of edits, faults and crashes (SCHEDULES=100)
	$(BIN)/python -m tests.simulation.run --schedules $(SCHEDULES) $(ARGS)

bench: $(STAMPS)/development  ## the measurements of docs and notes
	$(BIN)/python -m bench $(ARGS)

lock: $(STAMPS)/development  ## write the locks anew from pyproject.toml
	$(UV_COMPILE) pyproject.toml --extra keyring --extra postgres -o requirements.lock
	$(UV_COMPILE) --group build -o requirements-build.lock
	$(UV_COMPILE) pyproject.toml --all-extras --group dev -c requirements.lock -c requirements-build.lock \
		-o requirements-dev.lock

clean:  ## remove what was built, and .venv
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMPS)/venv:
	@test -x $(BIN)/python || $(or $(PYTHON),false) -c '$(NEW_ENOUGH)' \
		|| { echo "leadloop needs Python 3.11 or newer; name one: make setup PYTHON=/path/to/python3" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 2; }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/product: $(STAMPS)/venv pyproject.toml requirements.lock requirements-build.lock
	@echo "installing what leadloop needs into $(VENV)" >&2
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/development: $(STAMPS)/product requirements-dev.lock
	@echo "installing the development tools into $(VENV)" >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
