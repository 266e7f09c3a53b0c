# What people type. `make run` and `make test` set everything up first; `make setup` does only that.

SHELL := /bin/bash
PYTHON := .venv/bin/python
JOBS ?= 2
.DEFAULT_GOAL := help
# Every process would compile all of the product anew: a third of its start, and tests start a hundred of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run stop test fuzz soak-ingest screenshots lint format translations requirements

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

setup: ## Python environment and system packages
	@bash config/setup.sh
	@$(PYTHON) -m config.translations

run: setup ## The product with a demo organization, until Ctrl-C (PORT=8000)
	@$(PYTHON) -m config.launcher run

stop: ## End a running product and its database
	@$(PYTHON) -m config.launcher stop

test: setup lint ## Lint, types, migrations and the whole test suite
	$(PYTHON) -m pytest -n $(JOBS) --dist loadgroup

fuzz: setup ## Tests of random examples, others every time, until one fails (MINUTES=60)
	$(PYTHON) -m tests.usage.fuzz $(or $(MINUTES),60)

soak-ingest: setup ## Kill web workers and PostgreSQL while usage comes in, and prove that nothing is lost (SOAK="--events 200000 --faults 60")
	$(PYTHON) -m benchmarks.soak $(SOAK)

screenshots: setup ## Pictures for the README, from a running `make run` (PORT=8000)
	$(PYTHON) docs/screenshots.py http://127.0.0.1:$(or $(PORT),8000)

lint: setup ## Style, types, missing migrations
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) manage.py makemigrations --check --dry-run

format: setup ## Put imports and layout in order
	.venv/bin/ruff check --fix --select I .
	.venv/bin/ruff format .

translations: setup ## Bring locale/*/LC_MESSAGES/django.po up to date with the sources
	@$(PYTHON) -m config.translations collect

requirements: setup ## Compile the pinned requirements from the .in files (on Python 3.11, the oldest supported)
	$(PYTHON) -m pip install --quiet pip-tools==7.6.2
	for name in requirements requirements-dev; do \
		.venv/bin/pip-compile --quiet --strip-extras --no-header --no-emit-index-url --no-emit-find-links \
			--no-emit-trusted-host --output-file $$name.txt $$name.in || exit 1; \
	done
