# Thin: everything that these targets rest on is configured in pyproject.toml.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test bench docs

demo: $(VENV)/.installed-plot
	$(BIN)/fairgames fit examples/medpar.csv --user provider --value los --top 10 --sensitivity 0,0.6,1.2 -o out/hospitals.toml
	$(BIN)/fairgames design out/hospitals.toml
	$(BIN)/python examples/01_hospitals.py out/landscape.png

test: $(VENV)/.installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict fairgames adapters benchmarks
	$(BIN)/python -m pytest --numprocesses auto --quiet

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
