# make demo    evaluate the sample plans and say where the reports are
# make test    lint, every test, build the wheel and try it in a clean environment
# make bench   a made city of SIZE=S, M or L: the table of docs/explanation/benchmarks.md
# make bench-nights  nights over a database, of a city of SIZE=S, M or L: docs/benchmarks/SIZE-nights.json
# make sequences  1,000 small cities edited at random over several nights, held against evaluating anew
# make sequences-by-tiles  nights by tiles of a town edited at random, held against evaluating anew: NIGHTS=300
# make scaling  a province as it grows, as a whole, by tiles and on workers: docs/benchmarks/scaling.json and .svg
# make cluster-failures  what befalls a cluster: workers killed, frozen, of other versions, the scheduler gone
# make soak    the long list of faults of the nightly batch: KILLS=200, TILES=200, CLUSTERS=40, FAULTS=10
# make pictures  the pictures of the README and of the how-to of QGIS, taken of the samples
# make plugin  the zip of the QGIS plugin, in dist (RELEASE=1: one to upload, see docs/how-to/qgis.md)
# make pages   the reference of indicators, made from the code (docs/reference)
# make libraries  the map libraries of the pages, fetched again from their packages (needs npm)
#
# All set up what they need on a Debian machine with Python 3.11 or newer, and make.
# Set-up is repeated when what it depends on changes, not before.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLEAN := build/clean
TEST_PACKAGES := qgis qttranslations5-l10n python3-pytest xvfb xauth chromium fonts-noto-cjk postgresql-15 postgresql-15-postgis-3 \
    libreoffice-calc libreoffice-writer poppler-utils
PIP_FLAGS := --quiet --disable-pip-version-check
# Whole files on as many processes as there are cores, four at most: each holds a city.
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile

.PHONY: help demo test bench bench-nights sequences sequences-by-tiles scaling cluster-failures soak pictures pages libraries check lint unit all-tests wheel lock clean

help:
	@sed -n '1,17s/^# \{0,1\}//p' Makefile

demo: $(VENV)/.ready
	$(BIN)/carbonspace demo --out out/demo

test: lint all-tests wheel plugin

check: lint unit

lint: $(VENV)/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

unit: $(VENV)/.ready
	$(BIN)/pytest $(SIDE_BY_SIDE) -m "not browser and not office and not qgis and not postgis"

all-tests: $(VENV)/.ready $(VENV)/.apt
	$(BIN)/pytest $(SIDE_BY_SIDE)

# BENCH takes options: --growth, --runs 3, --no-plain (python -m tests.benchmarks --help).
SIZE ?= M
BENCH ?=
bench: $(VENV)/.ready
	$(BIN)/python -m tests.benchmarks --size $(SIZE) $(BENCH)

bench-nights: $(VENV)/.ready $(VENV)/.apt
	$(BIN)/python -m tests.benchmarks.nights --size $(SIZE)

# SEQUENCES takes options: --size M, --jobs 4, --seed 7 (python -m tests.past.sequences --help).
CITIES ?= 1000
SEQUENCES ?=
sequences: $(VENV)/.ready
	$(BIN)/python -m tests.past.sequences --cities $(CITIES) --out docs/benchmarks/sequences.json $(SEQUENCES)

NIGHTS ?= 300
sequences-by-tiles: $(VENV)/.ready
	$(BIN)/python -m tests.tiled.sequences --sequences $$(($(NIGHTS) / 6))

# Sizes are in million parcels.
SIZES ?= 0.25 0.5 1
scaling: $(VENV)/.ready
	$(BIN)/python -m tests.benchmarks.scaling $(SIZES)

cluster-failures: $(VENV)/.ready
	CARBONSPACE_FAILURES=1 $(BIN)/pytest tests/cluster

KILLS ?= 200
TILES ?= 200
CLUSTERS ?= 40
FAULTS ?= 10
soak: $(VENV)/.ready $(VENV)/.apt
	$(BIN)/pytest tests/postgis/test_faults.py
	$(BIN)/python -m tests.soak --kills $(KILLS) --tiles $(TILES) --clusters $(CLUSTERS) --faults $(FAULTS)

pictures: $(VENV)/.ready $(VENV)/.apt
	$(BIN)/python -m docs.pictures
	$(BIN)/python -m docs.windows

pages: $(VENV)/.ready
	$(BIN)/python -m docs.pages

libraries: $(VENV)/.ready
	$(BIN)/python -m scripts.vendor

# The wheel in an environment that has nothing else, outside the checkout.
wheel: $(VENV)/.ready $(CLEAN)/.ready
	rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .
	$(CLEAN)/bin/pip install $(PIP_FLAGS) --no-deps --force-reinstall dist/*.whl
	$(CLEAN)/bin/pip check
	bin=$$(realpath $(CLEAN)/bin); away=$$(mktemp -d); trap 'rm -rf "$$away"' EXIT; \
	cd "$$away"; env -u PYTHONPATH "$$bin/carbonspace" demo --out results; \
	test -n "$$(find results -name results.gpkg -print -quit)"

plugin:
	$(PYTHON) scripts/plugin.py $(if $(RELEASE),--release) qgis_plugin/carbonspace_qgis dist/carbonspace_qgis.zip

# The exact versions, for a machine with a network: newer ones where they exist.
lock: $(VENV)/.ready
	$(BIN)/pip install $(PIP_FLAGS) uv
	$(BIN)/uv pip compile pyproject.toml $(LOCK_FLAGS) --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml $(LOCK_FLAGS) --extra dev \
	    --constraints requirements.lock --output-file requirements-dev.lock

LOCK_FLAGS := --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet

clean:
	rm -rf $(VENV) build dist out .mypy_cache .pytest_cache .ruff_cache

# One stamp for each step of the set-up.
define new_environment
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "carbonspace needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || scripts/need "a virtual environment" python3-venv
	rm -rf $(1)
	$(PYTHON) -m venv $(1)
endef

$(VENV)/.tools: requirements-dev.lock
	$(call new_environment,$(VENV))
	$(BIN)/pip install $(PIP_FLAGS) --require-hashes -r requirements-dev.lock
	touch $@

$(VENV)/.ready: pyproject.toml $(VENV)/.tools
	$(BIN)/pip install $(PIP_FLAGS) --no-build-isolation --no-deps --editable .
	touch $@

$(VENV)/.apt: Makefile scripts/need $(VENV)/.ready
	scripts/need "make test" $(TEST_PACKAGES)
	touch $@

$(CLEAN)/.ready: requirements.lock
	mkdir -p $(@D)
	$(call new_environment,$(CLEAN))
	$(CLEAN)/bin/pip install $(PIP_FLAGS) --require-hashes -r requirements.lock
	touch $@
