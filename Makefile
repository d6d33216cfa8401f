# People and CI call the same targets. Everything happens in .venv, made from the pinned lock.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: train test test-thorough test-all lint datasheet release wheel lock clean

train: $(READY)  ## learn, judge, keep and track both targets
	$(BIN)/spcse-ml train

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 13), "Python 3.11 to 3.13 is needed: make PYTHON=python3.12 ..."'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

lint: $(READY)  ## style, types, spelling and the direction of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell spcse_ml tests docs README.md CHANGELOG.md CONTRIBUTING.md

test: lint  ## everything that must not break
	$(BIN)/python -m pytest -q -n 2 -m "not thorough"

test-thorough: $(READY)  ## the long trials
	$(BIN)/python -m pytest -q -n 2 -m thorough

test-all:  ## the tests on every supported Python that is present
	for version in 3.11 3.12 3.13; do \
	  if command -v python$$version >/dev/null && python$$version -c '' 2>/dev/null; then \
	    $(MAKE) test PYTHON=python$$version VENV=.venv-$$version || exit 1; \
	  else echo "python$$version is not here: skipped"; fi; \
	done

datasheet: $(READY)  ## write data/README.md anew
	$(BIN)/spcse-ml data --datasheet > data/README.new && mv data/README.new data/README.md

release: $(READY)  ## train in an empty store and put its models into models/
	store=$$(mktemp -d) && SPCSE_ML_HOME=$$store $(BIN)/spcse-ml train \
	  && cp $$store/models/*/retention.json $$store/models/*/retention.md $$store/models/*/thickness.json \
	        $$store/models/*/thickness.md models/ \
	  && mkdir -p docs/figures && cp $$store/models/*/*.png docs/figures/ && rm -rf $$store

wheel: $(READY)  ## build the wheel with data and models inside
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

lock:  ## pin every dependency anew (needs uv); the lock names no host
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --quiet -o requirements.lock

clean:
	rm -rf .venv .venv-* dist build .mypy_cache .ruff_cache .pytest_cache
