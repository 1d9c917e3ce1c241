# Everything a person runs. `make` alone lists it. A Python is found by running it (infra/python.sh).
PROVINCE ?= quangninh
PORT ?= 8000
VENV ?= .venv
PYTHON := $(VENV)/bin/python
IN_PARALLEL := -n auto --dist worksteal
REQUIREMENTS := requirements.txt tests/requirements.txt infra/requirements.txt

.DEFAULT_GOAL := help
CHECKS := check-format check-lint check-types check-floors check-template
.PHONY: $(CHECKS) help setup run test test-crash-points play-crash-points check check-code test-stack test-peers test-browser bench day guesses new-channel package deploy clean

help: ## This list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## A virtual environment from the project's own requirement files
	@infra/venv.sh $(VENV) $(REQUIREMENTS)

run: setup ## A whole province on this machine: PROVINCE=quangninh PORT=8000
	@$(PYTHON) -m infra.errandless run $(PROVINCE) --port $(PORT)

test: setup ## Pure Python tests, the whole journey included; no network
	@$(PYTHON) -m pytest $(IN_PARALLEL) --ignore=tests/crash_points $(PYTEST_ARGS)
	@$(MAKE) --no-print-directory play-crash-points STRIDE=8

test-crash-points: setup ## Every death and fault of every handler; `make test` plays an eighth of them
	@$(MAKE) --no-print-directory play-crash-points STRIDE=1

play-crash-points:
	@mkdir -p .build
	@for part in 1 2; do \
	  ( $(PYTHON) -m pytest $(PYTEST_ARGS:.xml=-crash-points-$$part.xml) --part $$part/2 --stride $(STRIDE) tests/crash_points \
	    > .build/crash-points-$$part.log 2>&1; echo $$? > .build/crash-points-$$part.status ) & \
	done; wait; cat .build/crash-points-1.log .build/crash-points-2.log; \
	[ "$$(cat .build/crash-points-*.status | sort -u)" = 0 ]

check: check-code ## Format, lint, types, floors, template, and the tests but the crash points
	@$(PYTHON) -m pytest $(IN_PARALLEL) -q --ignore=tests/crash_points

check-code: $(CHECKS)

check-format: setup
	@$(VENV)/bin/ruff format --check --quiet

check-lint: setup
	@$(VENV)/bin/ruff check --quiet

check-types: setup
	@$(PYTHON) -m mypy

check-floors: setup
	@$(VENV)/bin/lint-imports --no-logo

check-template: setup
	@if $(PYTHON) -c "import sys; sys.exit(sys.version_info[:2] != (3, 13))"; then \
	$(PYTHON) -m infra.errandless template && $(VENV)/bin/cfn-lint .build/template.json; \
	else echo "The template was not checked: packaging needs Python 3.13."; fi

test-stack: setup ## The packaged template on a local AWS of its own
	@$(PYTHON) -m pytest $(PYTEST_ARGS) tests/stack

test-peers: setup ## Channels beside the providers' npm packages
	@if [ -f tests/peers/run ]; then PYTHON=$(PYTHON) bash tests/peers/run $(PYTEST_ARGS); \
	else echo "make test-peers: not there yet"; fi

test-browser: setup ## Pages in a real browser
	@if [ -f tests/browser/run ]; then PYTHON=$(PYTHON) bash tests/browser/run $(PYTEST_ARGS); \
	else echo "make test-browser: not there yet"; fi

bench: setup ## Speed and cost beside a peer, in one run: PART="order warm_calls" for some
	@$(PYTHON) -m infra.bench $(PART)

new-channel: setup ## A channel's files, to be filled in: NAME=momo
	@$(PYTHON) -m infra.errandless new-channel $(NAME)

day: setup ## 2,000 payments with every kind of trouble beside an oracle: SEED=1 PAYMENTS=2000
	@$(PYTHON) -m tests.day

guesses: setup ## Strangers guess codes, numbers and words: GUESSES=100000 SEED=1
	@$(PYTHON) -m tests.guesses

package: setup ## The zip and the template, as they are deployed: .build/package/
	@$(PYTHON) -m infra.errandless package

deploy: setup ## A province on AWS: PROVINCE=... (plan first, then asks)
	@$(PYTHON) -m infra.errandless deploy $(PROVINCE)

clean: ## Forgets what was built (not .venv, not .local)
	@rm -rf .build .chalice/deployments .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
