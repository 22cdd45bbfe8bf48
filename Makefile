# `make serve` and `make test` set up the environments that all other targets use.
# Nothing is installed outside this folder.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 3000
DATA ?= ../shared/data
SPREAD := --numprocesses=auto --dist=loadgroup --no-loadscope-reorder
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
export BENTOML_DO_NOT_TRACK := True

SERVING := $(VENV)/.serving
DEVELOPING := $(VENV)/.developing
ENCODERS := models/weights/encoders.json
LOOPS := $(VENV)/.loops
NODE_MODULES := clients/typescript/node_modules/.made

.PHONY: help serve demo test test-people check lint lint-code lint-types lint-contract fix thorough journey bench bench-personal bench-rank bench-features bench-scale bench-search bench-pages bench-import bench-stored bench-writers bench-simulation bench-fuse stress simulate personalise train train-cnn fuse ablate openapi typescript bento image test-image bench-image manual newcomer lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# /annotate plays the recordings that ATTUNE_AUDIO keeps; ATTUNE_AUDIO= keeps none.
serve: export ATTUNE_AUDIO ?= .attune/audio
serve: $(ENCODERS)  ## set up, then serve on 127.0.0.1:3000 with SQLite and recordings in .attune/
	@$(BIN)/python -m service --host $(HOST) --port $(PORT)

demo: $(SERVING)  ## register freely licensed music with the running service
	@PYTHONPATH=clients/python $(BIN)/python clients/demo.py --url http://$(HOST):$(PORT)

test: $(DEVELOPING) $(ENCODERS)  ## set up, then run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD)
	$(BIN)/python -m pytest clients/python

test-people: $(DEVELOPING) $(ENCODERS)  ## the pages in Chromium, the manual's commands, the clients' journeys
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD) -m "people and not thorough"

check: lint  ## lint, and the fast tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD) -q -m "not slow and not http and not journey and not thorough and not people and not image"

lint: lint-code lint-types lint-contract  ## format, lint, types, imports, dependencies, contract; faster with -j2

lint-code: $(DEVELOPING)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/deptry tests --exclude '\.venv' --ignore DEP002,DEP004  # tests may import the dev group
	cd clients/python && ../../$(BIN)/deptry .

lint-types: $(DEVELOPING)
	$(BIN)/mypy
	cd clients/python && ../../$(BIN)/mypy

lint-contract: $(DEVELOPING) $(ENCODERS)
	$(BIN)/python -m service.openapi --check clients/openapi.json
	$(BIN)/python clients/python/scripts/generate_replies.py --check

fix: $(DEVELOPING)  ## format, and fix lint errors
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

thorough: $(DEVELOPING) $(ENCODERS)  ## the tests that take minutes: short stress tests, the operator's page, a container's folder, quantised lyrics
	$(BIN)/python -m pytest -m thorough

journey: $(DEVELOPING) $(ENCODERS)  ## the journeys: build the Bento, serve it, use it
	$(BIN)/python -m pytest tests/journey

bench: $(DEVELOPING) $(ENCODERS)  ## time of a request by part, each beside its lower bound
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench

train: $(DEVELOPING) $(ENCODERS)  ## train, evaluate and export models/pretrained
	$(BIN)/python -m training pretrain --data $(DATA)

simulate: $(DEVELOPING)  ## the paper's experiment on TROMPA's listeners
	$(BIN)/python -m training simulate --dataset trompa --personaliser successive,refit --queries 4 --rounds 15 --min-labels 80 --data $(DATA)

personalise: $(DEVELOPING)  ## compare personal models with few labels of TROMPA's listeners
	$(BIN)/python -m training personalise --dataset trompa --others all,15,5,0 --algorithms gnb,sgd,xgb --data $(DATA)

train-cnn: $(DEVELOPING) $(ENCODERS)  ## train and export the five folds of the cnn; `make train` then includes it
	$(BIN)/python -m training pretrain --member cnn --data $(DATA)

fuse: $(DEVELOPING) $(ENCODERS)  ## compare the fusions on both paired datasets
	$(BIN)/python -m training fuse --dataset mirex --as-notebook --data $(DATA)
	$(BIN)/python -m training fuse --dataset taffc4q --as-notebook --data $(DATA)

ablate: $(DEVELOPING) $(ENCODERS)  ## cost and benefit of each group of audio features
	$(BIN)/python -m training ablate --data $(DATA)

bench-simulation: $(DEVELOPING)  ## the paper's learners in the original organisation and in ours: processor time, bytes, scores
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.simulation --data $(DATA)

bench-fuse: $(DEVELOPING)  ## processor time of the notebook's SVMs and of our figures at its size; half an hour or more
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.fuse

bench-personal: $(DEVELOPING) $(ENCODERS)  ## cost to learn, store and rebuild a personal model, beside scikit-learn
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.personal

bench-features: $(DEVELOPING)  ## building, publishing and fetching the track features of a million tracks
	$(BIN)/python -m tests.bench.track_features

bench-rank: $(DEVELOPING)  ## ranking a million tracks beside one NumPy pass over the same bytes
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.rank

bench-scale: $(DEVELOPING) $(ENCODERS)  ## every call over up to a million tracks and 100,000 listeners; a quarter of an hour, 16 GB in runs/scale
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.scale

bench-search: $(DEVELOPING)  ## the search of tracks by title and artist, on SQLite and PostgreSQL
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.search --postgresql

bench-writers: $(DEVELOPING)  ## updates a second of several listeners at once, on PostgreSQL
	$(BIN)/python -m tests.bench.writers

bench-import: $(DEVELOPING) $(ENCODERS)  ## `attune import` beside the encoders alone
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.importing --data $(DATA)

bench-stored: $(DEVELOPING) $(ENCODERS)  ## bytes of a registered track on both databases, by the segments that are kept
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.stored

bench-pages: $(DEVELOPING) $(ENCODERS)  ## waiting times on /annotate, beside its calls
	OMP_NUM_THREADS=1 PYTHONPATH=.:clients/python $(BIN)/python -m tests.bench.pages

stress: $(DEVELOPING) $(ENCODERS)  ## kill, fill, flood and fuzz a running service; results beside their bounds
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.stress

openapi: $(DEVELOPING) $(ENCODERS)  ## write clients/openapi.json and the Python client's reply types
	$(BIN)/python -m service.openapi clients/openapi.json
	$(BIN)/python clients/python/scripts/generate_replies.py

manual: $(DEVELOPING)  ## build the manual, strictly, into runs/manual
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "The manual is in runs/manual; to search in it: $(BIN)/python -m http.server --bind 127.0.0.1 --directory runs/manual 8000"

newcomer: $(DEVELOPING)  ## follow the manual's first page word for word, in a fresh folder
	$(BIN)/python -m pytest -m thorough tests/journey/test_documentation.py -k newcomer

typescript: $(DEVELOPING) $(ENCODERS) $(NODE_MODULES)  ## build the TypeScript client for itself and for the pages, and test it; needs Node 20
	cd clients/typescript && npm run types && npm run build
	$(BIN)/python -m pytest -m "" tests/contract/test_typescript.py tests/journey/test_typescript.py

bento: $(DEVELOPING) $(ENCODERS)  ## build the Bento
	$(BIN)/bentoml build

image: $(DEVELOPING) $(ENCODERS)  ## build the Bento and its image, with Docker or as root with buildah; IMAGE=name:tag names it
	deploy/image.sh $(IMAGE)

test-image: $(DEVELOPING)  ## live with the image: journey, restart, health, signals, no rights and no network; root
	$(BIN)/python -m pytest -m image tests/image

bench-image: $(DEVELOPING)  ## size, start, memory and stop of the image; root
	$(BIN)/python -m tests.bench.image

lock: $(DEVELOPING)  ## resolve the dependencies again
	$(BIN)/uv pip compile pyproject.toml $(LOCK) -o requirements/serve.txt
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --extra encoders -c requirements/serve.txt -o requirements/setup.txt
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --extra encoders --extra training --extra dev -c requirements/serve.txt -o requirements/dev.txt
LOCK := --upgrade --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

clean:  ## remove the environment and all built files; keep the database
	rm -rf $(VENV) models/weights models/loops .cache

# A stamp marks a finished installation; an interrupted one starts again.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Attune needs Python 3.11 or newer; this is " + sys.version)'
	@$(PYTHON) -m venv $(VENV)

$(SERVING): requirements/setup.txt | $(BIN)/python
	@echo "Installing the packages of the service into $(VENV); this takes a minute or two."
	@$(PIP) -r requirements/setup.txt
	@touch $@

$(DEVELOPING): requirements/dev.txt requirements/torch.txt $(SERVING)
	@echo "Installing the packages of training and tests into $(VENV), torch included; this takes about five minutes."
	@$(PIP) -r requirements/dev.txt
	@$(PIP) -r requirements/torch.txt
	@touch $@

# The copy of the lock names the installed packages; tests/journey/test_typescript.py writes it too.
$(NODE_MODULES): clients/typescript/package-lock.json
	@echo "Installing the packages of the TypeScript client; this takes about a minute."
	cd clients/typescript && npm ci --ignore-scripts
	@cp $< $@

# Compiled loops are kept by their content: without a change this takes a second.
$(LOOPS): $(SERVING) $(wildcard models/*.py models/*/*.py models/*/*/*.py)
	@echo "Compiling the loops of the models; the first time takes a minute or two."
	@$(BIN)/python -m models.jit
	@touch $@

$(ENCODERS): $(SERVING) $(wildcard training/encoders/*.py) | $(LOOPS)
	@$(BIN)/python -m training encoders
	@touch $@
