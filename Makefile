# Everything a fresh clone needs: `make serve` to use it, `make test` to check it.
# Needs git, make and Python 3.11 or newer with pip and venv; brings the rest into .tools and .venv.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin

# What the environment is made from. While none of these changed, no installer is called at all.
# The sandbox engine holds the guest and every SDK, which are the packages beside jackfield.
SDKS := $(filter-out src/jackfield,$(wildcard src/*))
INPUTS := pyproject.toml uv.lock hatch_build.py scripts/environment src/jackfield/sandbox/build.py \
	$(shell find src/jackfield/sandbox/guest $(SDKS) -name '*.py' -o -name '*.wit')

# Made by scripts/environment: one for running, one for developing (which serves for both).
RUN_STAMP := $(VENV)/.ready-run
DEV_STAMP := $(VENV)/.ready-dev

# Python compiles each module once, not at every start, whatever the caller's environment says.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help serve test check format docs-reference bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  JACKFIELD_HOST, JACKFIELD_PORT, JACKFIELD_DATA: where to serve and where data lives"
	@echo "  PYTHON=/path/to/python: which Python (3.11 or newer) to build the environment with"

serve: $(RUN_STAMP) ## Set up what is missing and start the host
	@exec $(BIN)/jackfield serve

test: $(DEV_STAMP) ## Set up what is missing and run every check and test
	@sh scripts/test

check: $(DEV_STAMP) ## Lint, format check, types and the floors, without the tests
	@sh scripts/check

format: $(DEV_STAMP) ## Put the code into the project's format
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

docs-reference: $(DEV_STAMP) ## Write docs/reference from the code
	@$(BIN)/python scripts/reference.py

bench: $(DEV_STAMP) ## Run every program in bench/
	@for program in bench/*.py; do echo "== $$program"; $(BIN)/python "$$program" || exit 1; done

clean: ## Remove the environment and everything built; data stays
	rm -rf $(VENV) .tools build dist .coverage .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis

$(RUN_STAMP): $(INPUTS)
	@sh scripts/environment run

$(DEV_STAMP): $(INPUTS)
	@sh scripts/environment dev
