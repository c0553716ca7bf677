# Thin: everything that these targets rest on is configured in pyproject.toml.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo check test bench docs

demo: $(VENV)/.installed-plot
	@echo "1. From 1,495 hospital stays: how much hospitals differ, and what the ten with most stays would bear for sharing."
	@$(BIN)/fairgames fit examples/medpar.csv --user provider --value los --top 10 --sensitivity 0,0.6,1.2 -o out/hospitals.toml
	@echo "2. Which part of what it gains should the platform pay out? All 59,049 combinations of choices are looked at."
	@$(BIN)/fairgames design out/hospitals.toml
	@echo "3. The same in plain words, and as a picture."
	@$(BIN)/python examples/00_in_plain_words.py out/hospitals.toml out/landscape.png

check: $(VENV)/.installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict fairgames adapters benchmarks

test: check
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal --quiet

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks

# The gallery's own lines draw its pictures.
docs: $(VENV)/.installed-docs
	$(BIN)/python -m doctest docs/gallery.md
	$(BIN)/mkdocs build --strict

# The environment with one extra; made again only when pyproject.toml changes.
$(VENV)/.installed-%: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@
