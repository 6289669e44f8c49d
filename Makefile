# The commands of the project. A fresh machine needs Python 3.11 or later, make and git; the rest is installed here.
# `make` alone lists the targets.

VENV := .venv
BIN := $(VENV)/bin
IMAGE ?= netpol-action:dev
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
UV := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet \
	--no-emit-index-url --custom-compile-command 'make lock'

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check laws lint bench image setup tools lock clean

help: ## List the targets.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

demo: setup ## Show what the program does, on the example application.
	@.ci/install-tools graphviz
	@cd examples/sessionize && ./demo

test: setup tools ## Run every test, the slow ones too.
	$(BIN)/pytest -n auto

check: setup ## Check style, types, layering and units: what to run before a commit.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m 'not slow and not image' tests/unit tests/contract

laws: setup ## Search 100,000 random clusters for counterexamples to the properties; takes hours.
	$(BIN)/python tests/laws/search.py

lint: ## Check the workflows, action.yml, Dockerfile and shell scripts.
	.ci/lint

bench: setup tools ## Measure speed, memory, image size and cold start.
	$(BIN)/python -m benchmarks

image: ## Build the container image.
	.ci/build-image $(IMAGE)

setup: $(VENV)/.installed ## Install the Python packages into .venv.
	@:

# The stamp names what the installation depends on, so that a second run costs nothing.
$(VENV)/.installed: requirements-dev.txt pyproject.toml .ci/create-venv
	@.ci/create-venv '$(PYTHON)' $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation -e .
	@touch $@

tools: setup ## Install what tests and demo start: Graphviz, kustomize, Helm, azurite.
	@.ci/install-tools

lock: setup ## Resolve the locked requirements anew.
	$(UV) --upgrade pyproject.toml -o requirements.txt
	$(UV) --upgrade pyproject.toml --extra dev -o requirements-dev.txt
	$(UV) --upgrade .ci/requirements.in -o .ci/requirements.txt
	cd .ci && npm install --package-lock-only --omit-lockfile-registry-resolved
	cd .ci/artifacts && npm install --package-lock-only --omit-lockfile-registry-resolved

clean: ## Remove what this Makefile made.
	rm -rf $(VENV) .ci/node_modules .ci/artifacts/node_modules .ci/.venv .ci/.docker-engine build *.egg-info
