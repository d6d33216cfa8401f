# People and CI call the same targets. Everything happens in .venv, made from the pinned lock.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV := $(VENV)/.ready-dev

ENDS := tests/storage/test_model_files.py tests/models tests/chemistry tests/data tests/test_schema.py tests/test_tables.py
.PHONY: train test browser test-integration test-thorough golden pages pictures test-all test-oldest test-newest lint docs notebooks audit datasheet robustness release head-to-head wheel lock clean

train: $(READY)  ## train, evaluate, store and track the models of both targets
	$(BIN)/spcse-ml train

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 14), "Python 3.11 to 3.14 is needed: make PYTHON=python3.12 ..."'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

$(DEV): $(READY) requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	touch $(DEV)

lint: $(DEV)  ## style, types, spelling and the direction of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -r spcse_ml benchmarks/robustness -c pyproject.toml
	$(BIN)/codespell spcse_ml benchmarks/robustness tests docs README.md CHANGELOG.md CONTRIBUTING.md

# A file of tests is one worker's, so that what its tests share is made once; libraries take one thread each.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile

browser:  ## look for the Chromium that the tests of the page drive, and bring it where Debian's packages are
	command -v chromium || command -v google-chrome || (apt-get update -qq && apt-get install -y -qq chromium)

test: lint  ## everything that must not break, in five minutes
	$(PYTEST) -m "not integration and not thorough" -p no:randomly

test-integration: $(DEV)  ## the whole journey, the browser, the site, the wheel, the notebooks
	$(PYTEST) -m "integration and not thorough" -p no:randomly --timeout 1200

test-thorough: $(DEV)  ## the long trials, in an order that is drawn anew each time
	$(PYTEST) -m thorough --timeout 0

golden: $(DEV)  ## keep what the package says now as what it has to say; only a release, or a change that tells why, may
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=. $(BIN)/python tests/golden/make.py

test-all:  ## the tests on every supported Python that is present
	for version in 3.11 3.12 3.13 3.14; do \
	  if command -v python$$version >/dev/null && python$$version -c '' 2>/dev/null; then \
	    $(MAKE) test PYTHON=python$$version VENV=.venv-$$version || exit 1; \
	  else echo "python$$version is not here: skipped"; fi; \
	done

# The oldest and the newest of everything that the project allows (needs uv); a model that predicts otherwise than when it
# was made, by more than a millionth, refuses to load.
test-oldest:  ## predictions with the oldest dependencies allowed
	uv venv --quiet --clear --python $(PYTHON) .venv-oldest && VIRTUAL_ENV=.venv-oldest uv pip install --quiet --resolution lowest-direct -e . "pytest>=8.4" "pytest-timeout>=2.3" "hypothesis>=6.115"
	.venv-oldest/bin/python -m pytest -q -p no:warnings -m "not thorough" $(ENDS)

test-newest:  ## predictions with the newest
	uv venv --quiet --clear --python $(PYTHON) .venv-newest && VIRTUAL_ENV=.venv-newest uv pip install --quiet --upgrade -e . pytest pytest-timeout hypothesis
	.venv-newest/bin/python -m pytest -q -p no:warnings -m "not thorough" $(ENDS)

docs: $(DEV)  ## build the site strictly and offline: docs/_build/html/index.html
	$(BIN)/python -m sphinx -c docs -W --keep-going -n -q -d docs/_build/trees . docs/_build/html

notebooks: $(DEV)  ## run the notebooks anew and keep their outputs
	$(BIN)/python notebooks/execute.py

audit: $(DEV)  ## ask for known weaknesses of what the lock pins (needs a network), and list it all in dist/
	mkdir -p dist && $(BIN)/cyclonedx-py requirements requirements.lock --output-reproducible -o dist/spcse_ml.cdx.json
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock

pages: $(DEV)  ## write into the README and the pages the numbers of the released files, and what their commands print now
	$(BIN)/python docs/make_scores.py
	PYTHONPATH=. $(BIN)/python -m tests.pages

pictures: $(DEV)  ## make all pictures of README and docs anew, each with the fingerprint of what it shows (needs Chromium)
	$(BIN)/python docs/make_pictures.py

datasheet: $(DEV)  ## write anew data/README.md, what describes and cites the data, generated pages, and the numbers of the others
	$(BIN)/spcse-ml data --datasheet > data/README.new && mv data/README.new data/README.md
	$(BIN)/python docs/make_codes.py
	$(BIN)/python docs/make_checked.py
	$(BIN)/python docs/make_citation.py
	$(BIN)/python docs/make_datapackage.py
	$(BIN)/python docs/make_checklist.py
	$(BIN)/python docs/make_numbers.py

robustness: $(DEV)  ## run the robustness study of the procedure into models/robustness/ (up to an hour; goes on after Ctrl-C)
	PYTHONPATH=. $(BIN)/python -m benchmarks.robustness

release: $(READY)  ## train in an empty store, put its models into models/; `make robustness` comes before, `make pictures pages` after
	store=$$(mktemp -d) && trap 'rm -rf "$$store"' EXIT && SPCSE_ML_HOME="$$store" $(BIN)/spcse-ml train \
	  && cp "$$store"/models/*/*.json "$$store"/models/*/*.md models/

head-to-head: $(READY)  ## ask the tools a chemist would pick, each in its own environment (8 GB, about an hour)
	$(BIN)/python benchmarks/head_to_head/run.py

wheel: $(DEV)  ## build the wheel with data and models inside
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

# What runs, then what develops beside it, in the same versions; neither names a host.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

lock:  ## pin every dependency anew (needs uv)
	$(LOCK) --extra all --extra build -o requirements.lock
	$(LOCK) --extra dev --constraint requirements.lock -o requirements-dev.lock \
	  $$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock)

clean:
	rm -rf .venv .venv-* dist build .mypy_cache .ruff_cache .pytest_cache
