# `make` alone lists the commands.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
UV := .tools/bin/uv
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONWARNINGS := ignore

.PHONY: help
help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

# ---- setting up -------------------------------------------------------------------------------------------------
.tools/.stamp: requirements/tools.txt
	@command -v python3 >/dev/null || { echo "Python 3 is missing: install python3 with venv and pip, then run make again."; exit 1; }
	@echo "Installing uv into .tools ..."
	@python3 -m venv .tools && .tools/bin/pip install --quiet --require-hashes -r requirements/tools.txt
	@touch $@

.venv/.made: .tools/.stamp .python-version
	@$(UV) venv --quiet --allow-existing --python "$$(cat .python-version)" .venv \
	  || { echo "Python $$(cat .python-version) was not found and could not be downloaded. Install it (for example with pyenv or your system's packages) and run make again."; exit 1; }
	@touch $@

.venv/.runtime: .venv/.made requirements/runtime.txt pyproject.toml
	@echo "Installing what the assistant needs (about 3 GB unpacked, once) ..."
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/runtime.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	@echo "Installing what checking and testing need ..."
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

node_modules/.stamp: package.json package-lock.json .npmrc
	@if command -v npm >/dev/null; then npm ci --silent --no-progress && touch $@; \
	  else echo "npm is missing: the check against HL7's FHIR schema is left out. Install Node.js with npm and run make setup-dev again."; fi

.PHONY: setup setup-dev setup-system lock
setup: .venv/.runtime ## install everything the assistant needs into .venv
setup-dev: .venv/.dev node_modules/.stamp ## the same, with what tests and checks need

setup-system: ## apt packages for the PDF summary and for browser and database tests (root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 postgresql redis-server
	command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm

lock: .tools/.stamp ## resolve requirements/*.in into hashed lock files; UPGRADE=--upgrade also takes newer versions
	$(UV) pip compile --quiet --no-header $(UPGRADE) --python-version 3.10 --generate-hashes --override requirements/overrides.txt -o requirements/runtime.txt requirements/runtime.in
	$(UV) pip compile --quiet --no-header $(UPGRADE) --python-version 3.10 --generate-hashes --override requirements/overrides.txt -o requirements/dev.txt requirements/dev.in
	$(UV) pip compile --quiet --no-header $(UPGRADE) --python-version 3.10 --generate-hashes -o requirements/audit.txt requirements/audit.in

# ---- using it ---------------------------------------------------------------------------------------------------
.PHONY: run chat train doctor
run: setup ## set up if needed, then start the assistant, the demo page and the staff console
	@exec $(BIN)/b12bot run

chat: setup ## talk to the assistant in this terminal
	@exec $(BIN)/b12bot chat

train: setup ## train the model from data/ if anything it is made from has changed
	@$(BIN)/b12bot train

doctor: setup ## what is installed, loaded, configured, and what is wrong with it
	@$(BIN)/b12bot doctor

# ---- proving it -------------------------------------------------------------------------------------------------
.PHONY: audit check format test stories talks coverage-clinical bench-understanding mutation
format: setup-dev ## format the code
	$(BIN)/ruff format bot actions tests benchmarks
	$(BIN)/ruff check --fix bot actions tests benchmarks

check: setup-dev ## format, lint, types, content, Rasa data, labelled messages
	$(BIN)/ruff format --check bot actions tests benchmarks
	$(BIN)/ruff check bot actions tests benchmarks
	$(BIN)/mypy
	$(BIN)/b12bot content check
	$(BIN)/b12bot check-dialogue
	$(BIN)/b12bot check-data

# The browser's driver keeps an event loop running in its process, which other tests cannot share.
SHARED := $(BIN)/python -m pytest -n 2 --dist loadfile
test: setup-dev check train ## everything: checks, training, all tests
	$(SHARED) -m "not browser"
	$(SHARED) tests/browser
	@$(MAKE) --no-print-directory stories

stories: setup-dev train ## Rasa's own test runner over the test stories; any failing story fails it
	$(BIN)/rasa test core --stories tests/conversations/test_stories.yml --model models --fail-on-prediction-errors --no-plot --no-warnings --out .rasa/stories

talks: setup-dev train ## hold every talk of tests/conversations and write its transcript to docs/talks
	$(BIN)/python docs/talks/write.py

audit: .tools/.stamp ## known weaknesses of every pinned package; needs the advisories of the package index, not part of CI
	@$(UV) venv --quiet --allow-existing --python "$$(cat .python-version)" .tools/audit
	@$(UV) pip install --quiet --python .tools/audit/bin/python --no-deps --require-hashes -r requirements/audit.txt
	.tools/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/runtime.txt

bench-understanding: setup-dev ## how well patients are understood, beside other readers; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.understanding --note

coverage-clinical: setup-dev ## the clinical core: fails unless every line and every branch is tested
	$(BIN)/python -m pytest tests/clinical -q --cov=bot/clinical --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

mutation: setup-dev ## the clinical core: put in small faults one at a time, list those no test notices (about an hour)
	nice $(BIN)/mutmut run
	$(BIN)/mutmut results
