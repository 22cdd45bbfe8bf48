# `make serve` and `make test` set up what they need; everything else builds on the same two environments.
# Nothing is installed outside this folder.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 3000
DATA ?= ../shared/data
SPREAD := --numprocesses=auto --dist=loadgroup
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
export BENTOML_DO_NOT_TRACK := True

SERVING := $(VENV)/.serving
DEVELOPING := $(VENV)/.developing
ENCODERS := models/weights/encoders.json
LOOPS := $(VENV)/.loops
NODE_MODULES := clients/typescript/node_modules/.made

.PHONY: help serve demo test test-people check fix thorough journey bench bench-personal bench-rank bench-pages bench-import bench-simulation bench-fuse stress simulate personalise train train-cnn fuse ablate openapi typescript bento manual newcomer lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# Recordings are kept here, or there would be nothing to play to whoever labels; ATTUNE_AUDIO= keeps none.
serve: export ATTUNE_AUDIO ?= .attune/audio
serve: $(ENCODERS)  ## set up, then serve on 127.0.0.1:3000 with SQLite and recordings in .attune/
	@$(BIN)/python -m service --host $(HOST) --port $(PORT)

demo: $(SERVING)  ## register freely licensed music with the running service
	@PYTHONPATH=clients/python $(BIN)/python clients/demo.py --url http://$(HOST):$(PORT)

test: $(DEVELOPING) $(ENCODERS)  ## set up, then run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD)
	$(BIN)/python -m pytest clients/python

test-people: $(DEVELOPING) $(ENCODERS)  ## what people meet: pages in Chromium, the manual's commands, the clients' journeys
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD) -m "people and not thorough"

check: $(DEVELOPING) $(ENCODERS)  ## format, lint, types, import contracts, dependencies, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd clients/python && ../../$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/deptry tests --exclude '\.venv' --ignore DEP002,DEP004  # tests may import the dev group
	cd clients/python && ../../$(BIN)/deptry .
	$(BIN)/python -m service.openapi --check clients/openapi.json
	$(BIN)/python clients/python/scripts/replies.py --check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD) -q -m "not slow and not http and not journey and not thorough and not people"

fix: $(DEVELOPING)  ## format, and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

thorough: $(DEVELOPING) $(ENCODERS)  ## what takes minutes: the stress tests in short, the operator's page, a container's folder, quantised lyrics
	$(BIN)/python -m pytest -m thorough

journey: $(DEVELOPING) $(ENCODERS)  ## the journey alone: build the Bento, serve it, live with it
	$(BIN)/python -m pytest tests/journey

bench: $(DEVELOPING) $(ENCODERS)  ## where the time of a request goes, each part beside its floor
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench

train: $(DEVELOPING) $(ENCODERS)  ## train, judge and export models/pretrained
	$(BIN)/python -m training pretrain --data $(DATA)

simulate: $(DEVELOPING)  ## the paper's experiment on TROMPA's listeners
	$(BIN)/python -m training simulate --dataset trompa --personaliser successive,refit --queries 4 --rounds 15 --min-labels 80 --data $(DATA)

personalise: $(DEVELOPING)  ## ways to make personal models, with few labels of TROMPA's listeners
	$(BIN)/python -m training personalise --dataset trompa --others all,15,5,0 --algorithms gnb,sgd,xgb --data $(DATA)

train-cnn: $(DEVELOPING) $(ENCODERS)  ## train and export the cnn's five folds; `make train` then takes it in
	$(BIN)/python -m training pretrain --member cnn --data $(DATA)

fuse: $(DEVELOPING) $(ENCODERS)  ## compare the fusions on both paired datasets
	$(BIN)/python -m training fuse --dataset mirex --as-notebook --data $(DATA)
	$(BIN)/python -m training fuse --dataset taffc4q --as-notebook --data $(DATA)

ablate: $(DEVELOPING) $(ENCODERS)  ## what each group of audio features costs and adds
	$(BIN)/python -m training ablate --data $(DATA)

bench-simulation: $(DEVELOPING)  ## the paper's learners in the original's organisation, and ours: processor time, bytes, scores
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.simulation --data $(DATA)

bench-fuse: $(DEVELOPING)  ## the notebook's own SVMs and our honest figures at its size: processor time; half an hour or more
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.fuse

bench-personal: $(DEVELOPING) $(ENCODERS)  ## what learning, keeping and rebuilding a listener costs, beside scikit-learn
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.personal

bench-rank: $(DEVELOPING)  ## ranking a million tracks beside one NumPy pass over the same bytes
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.rank

bench-import: $(DEVELOPING) $(ENCODERS)  ## `attune import` beside the encoders alone
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.importing --data $(DATA)

bench-pages: $(DEVELOPING) $(ENCODERS)  ## what a listener waits for on /annotate, beside the calls it makes
	OMP_NUM_THREADS=1 PYTHONPATH=.:clients/python $(BIN)/python -m tests.bench.pages

stress: $(DEVELOPING) $(ENCODERS)  ## kill, fill, flood and fuzz a running service; figures beside their bounds
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.stress

openapi: $(DEVELOPING) $(ENCODERS)  ## write the contract to clients/openapi.json, and the Python client's replies from it
	$(BIN)/python -m service.openapi clients/openapi.json
	$(BIN)/python clients/python/scripts/replies.py

manual: $(DEVELOPING)  ## build the manual, strictly, into runs/manual
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "The manual is in runs/manual; to search in it: $(BIN)/python -m http.server --bind 127.0.0.1 --directory runs/manual 8000"

newcomer: $(DEVELOPING)  ## follow the manual's first page word for word, in a fresh folder
	$(BIN)/python -m pytest -m thorough tests/journey/test_newcomer.py

typescript: $(DEVELOPING) $(ENCODERS) $(NODE_MODULES)  ## build the TypeScript client for itself and for the pages, and test it; needs Node 20
	cd clients/typescript && npm run types && npm run build
	$(BIN)/python -m pytest -m "" tests/contract/test_typescript.py tests/journey/test_typescript.py

bento: $(DEVELOPING) $(ENCODERS)  ## build the Bento
	$(BIN)/bentoml build

lock: $(DEVELOPING)  ## resolve the dependencies anew
	$(BIN)/uv pip compile pyproject.toml $(LOCK) -o requirements/serve.txt
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --extra encoders -c requirements/serve.txt -o requirements/setup.txt
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --extra encoders --extra training --extra dev -c requirements/serve.txt -o requirements/dev.txt
LOCK := --upgrade --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

clean:  ## remove the environment and everything that was built; the database stays
	rm -rf $(VENV) models/weights models/loops .cache

# A stamp stands for a finished installation: an interrupted one starts again, a finished one is not repeated.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Attune needs Python 3.11 or newer; this is " + sys.version)'
	@$(PYTHON) -m venv $(VENV)

$(SERVING): requirements/setup.txt | $(BIN)/python
	@echo "Installing what serving needs into $(VENV); the first time takes a minute or two."
	@$(PIP) -r requirements/setup.txt
	@touch $@

$(DEVELOPING): requirements/dev.txt requirements/torch.txt $(SERVING)
	@echo "Installing what training and testing need into $(VENV); the first time takes some minutes."
	@$(PIP) -r requirements/dev.txt
	@$(PIP) -r requirements/torch.txt
	@touch $@

# The copy of the lock says what was installed; tests/journey/test_typescript.py keeps it too.
$(NODE_MODULES): clients/typescript/package-lock.json
	cd clients/typescript && npm ci --ignore-scripts
	@cp $< $@

# Kept by their content: where nothing has changed this takes a second.
$(LOOPS): $(SERVING) $(wildcard models/*.py models/*/*.py models/*/*/*.py)
	@$(BIN)/python -m models.jit
	@touch $@

$(ENCODERS): $(SERVING) $(wildcard training/encoders/*.py) | $(LOOPS)
	@$(BIN)/python -m training encoders
	@touch $@
