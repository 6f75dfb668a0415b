# make run     the site with its sample world, on http://localhost:8000 (PORT=... for another port)
# make test    lint and the whole suite
# Only `make deps` touches the system. Everything else stays in this folder: .venv, var, build.

PORT ?= 8000
BIN = .venv/bin

.PHONY: help install install-dev deps run lint format test bench torture screenshots a11y messages lock audit clean

help:
	@sed -n '1,3s/^# //p' Makefile
	@echo '目标 / targets: install deps run lint format test bench torture screenshots a11y messages lock audit clean'

install:
	@tools/install

install-dev:
	@tools/install dev

deps:
	@tools/deps

run: install
	@$(BIN)/huiyin manage migrate --verbosity 0
	@$(BIN)/huiyin demo --if-empty
	@$(BIN)/huiyin worker & worker=$$!; trap 'kill $$worker 2>/dev/null' EXIT; \
	 HUIYIN_SECOND_FACTOR=$${HUIYIN_SECOND_FACTOR:-none} HUIYIN_SESSIONS=$${HUIYIN_SESSIONS:-20} $(BIN)/huiyin serve --port $(PORT)

lint: install-dev
	@tools/lint

format: install-dev
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

test: lint
	@tools/test

bench: install-dev
	@$(BIN)/python -m bench

torture: install-dev
	@$(BIN)/python -m torture

screenshots: install-dev
	@$(BIN)/python tools/screenshots.py

a11y: install-dev
	@HUIYIN_TEST_A11Y=all $(BIN)/python -m pytest tests/web/test_accessibility.py -q -n0

messages: install-dev
	@$(BIN)/python tools/messages.py $(ARGS)

lock: install-dev
	@tools/lock

audit: install-dev
	@SOURCE="$(SOURCE)" URL="$(URL)" $(BIN)/python tools/audit.py

clean:
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
