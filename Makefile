# make site   builds the guide into site/
# make test   runs every test
# make floors runs the tests that need no browser, server or lab with the oldest dependencies allowed
# make record runs real libvirt and QEMU again and keeps what they do (root)
# make bench  times builds and previews beside MkDocs, Material, Zensical and Hugo, in turns (an hour)
# make words  packs the lists of words for looking up, after one of them was changed
# make soak   runs the tests of builds after edits, damage and kills at full length (hours)
# make check  formats, lints and checks types
# make help   lists these

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

FLOORS := $(VENV)/floors
TESTS_OF_FLOORS := build checks cli config content diagrams ground markup review site test_floors.py \
  end_to_end/test_bad_input.py publish/test_publish.py
TESTS_OF_SOAK := concurrent_edits incremental killed pathological signals

.PHONY: site test floors soak words record bench check help clean

site: $(VENV)/installed
	@$(BIN)/proofdown build --strict
	@echo "open site/index.html, or: $(BIN)/python -m http.server --directory site"

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n logical --maxprocesses 8 --max-worker-restart 0

floors: $(FLOORS)/installed
	PROOFDOWN_FLOORS=1 $(FLOORS)/bin/python -m pytest -n logical --maxprocesses 8 --max-worker-restart 0 \
	  -k "not s3 and not rsync and not ssh" $(TESTS_OF_FLOORS:%=tests/%)

soak: $(VENV)/installed-dev
	PROOFDOWN_SOAK=1 $(BIN)/python -m pytest -o faulthandler_timeout=0 $(TESTS_OF_SOAK:%=tests/end_to_end/test_%.py)

words: $(VENV)/installed
	$(BIN)/python -m proofdown.checks.prose.lexicon.pack

record: $(VENV)/installed-dev
	$(BIN)/proofdown record

bench: $(VENV)/installed-dev
	$(BIN)/python tests/tools/benchmarks compare --generated 1000
	$(BIN)/python tests/tools/benchmarks growth
	$(BIN)/python tests/tools/benchmarks preview

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

help:
	@sed -n 's/^# //p' Makefile

clean:
	rm -rf $(VENV) site .proofdown

# Each stamp is newer than pyproject.toml once what that asks for is installed.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Proofdown needs Python 3.11 or newer: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

# An exact version of everything that is asked for by name; what these need is the newest there is.
$(FLOORS)/installed: pyproject.toml tests/tools/floors.py | $(VENV)/installed
	@test -x $(FLOORS)/bin/python || $(PYTHON) -m venv $(FLOORS)
	@$(FLOORS)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(FLOORS)/bin/python tests/tools/floors.py >$(FLOORS)/requirements.txt
	@$(FLOORS)/bin/python -m pip install --quiet --requirement $(FLOORS)/requirements.txt --editable .
	@touch $@
