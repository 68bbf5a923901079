# `make help` lists the commands. Each one installs what it needs.

PYTHON ?= python3
VENV := .venv
DEMO := .demo-venv
DEMO_TEXT := .demo-text-venv
BIN := $(VENV)/bin
PINS_HEAD := \# Exact versions of everything that the environments install (CPython 3.11). Renew: make pins
# the pinned versions need Python 3.11; 3.10 gets the newest that it can have
PINS = $(shell $(PYTHON) -c 'import sys; print("-c constraints.txt" * (sys.version_info >= (3, 11)))')
PIP = -m pip install -qq --disable-pip-version-check $(PINS)

# one thread per process: the tests already run in two processes
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help test demo demo-text format docs pins clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

test: $(VENV)/.installed  ## everything CI runs: format, lint, types, tests, doctests, README and docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2

demo: $(DEMO)/.installed  ## the main job on a real table, from recorded answers: no key, no network
	$(DEMO)/bin/python examples/breast_cancer/run.py --out tutelage-demo

# nothing else runs beside it, so it may have more threads than the tests
demo-text: export OMP_NUM_THREADS := 2
demo-text: $(DEMO_TEXT)/.installed  ## the job for texts, from recorded answers: no key, no network
	$(DEMO_TEXT)/bin/python examples/intents/run.py --out tutelage-demo-text

format: $(VENV)/.installed  ## rewrite the code as `make test` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed  ## rewrite what README.md and docs/reference take from the code and the benchmarks
	$(BIN)/python docs/generate.py
	$(BIN)/python benchmarks/readme_figures.py
	$(BIN)/python benchmarks/readme_text_figures.py
	$(BIN)/python benchmarks/explanation_figures.py

pins:  ## renew constraints.txt with the newest versions that pyproject.toml allows
	rm -rf .pins-venv
	$(PYTHON) -m venv .pins-venv
	.pins-venv/bin/python -m pip install -qq hatchling editables
	.pins-venv/bin/python -m pip install -qq --no-build-isolation -e '.[dev]'
	.pins-venv/bin/python -m pip freeze --exclude-editable | sed "1i $(PINS_HEAD)" > constraints.txt
	rm -rf .pins-venv

clean:  ## remove the environments and caches
	rm -rf $(VENV) $(DEMO) $(DEMO_TEXT) .pins-venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.installed: constraints.txt pyproject.toml
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) hatchling editables
	$(BIN)/python $(PIP) --no-build-isolation -e '.[dev]'
	touch $@

$(DEMO)/.installed: constraints.txt pyproject.toml
	rm -rf $(DEMO)
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python $(PIP) -e .
	touch $@

$(DEMO_TEXT)/.installed: constraints.txt pyproject.toml
	rm -rf $(DEMO_TEXT)
	$(PYTHON) -m venv $(DEMO_TEXT)
	$(DEMO_TEXT)/bin/python $(PIP) -e '.[text,minilm]'
	touch $@
