# make lab    JupyterLab on the first notebook (on a server: make lab ARGS=--no-browser)
# make test   every check; make check is its fast part
# Both make .venv with the pinned packages first. Another Python: make lab PYTHON=python3.12
PYTHON ?=
ARGS ?=
ONLY ?=
FIRST ?= 2000

bin := .venv/bin
# Exercises are run by tests/classroom: the student editions unanswered, their sources by nbgrader.
# Two files at a time, each in one piece; a cell may take long where the other runs beside it.
two := -n 2 --dist loadfile
nbval := --nbval-lax --nbval-current-env --nbval-cell-timeout=1200
first := notebooks/01_environments.ipynb
# Root, as in a container, is let in: the server still listens on localhost with its token on.
as_root := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test check test-other-processor test-other-seeds notebooks exercises bench lint format clean setup

lab: setup
	@$(bin)/python -m jupyterlab --ServerApp.log_level=ERROR --ServerApp.ip=localhost --ServerApp.root_dir=. \
		--LabApp.default_url=/lab/tree/$(first) $(as_root) $(ARGS)

test: setup
	$(bin)/python -m pytest $(two) $(nbval) tests $(wildcard notebooks/*.ipynb) $(ARGS)

check: setup
	$(bin)/python -m pytest -n 2 --dist worksteal -m "not slow" tests $(ARGS)

# What trains agents, with other rounding, as if on another processor.
test-other-processor: export XLA_FLAGS := --xla_cpu_max_isa=SSE4_2 --xla_cpu_multi_thread_eigen=false
test-other-processor: setup
	$(bin)/python -m pytest $(two) -m learning tests $(ARGS)
	$(bin)/python -m pytest $(two) $(nbval) $(filter-out $(first),$(wildcard notebooks/*.ipynb)) $(ARGS)

# What the notebooks claim, on seeds that nobody tuned on: make test-other-seeds ONLY="02 05" FIRST=2010
test-other-seeds: setup
	$(bin)/python tools/other_seeds.py $(FIRST) $(ONLY)

# Executes the notebooks in place: all of them, or those whose names begin with ONLY.
notebooks: setup
	$(bin)/python tools/execute.py $(ONLY)

# Generates the student editions in notebooks/exercises from notebooks/solutions.
exercises: setup
	$(bin)/python tools/exercises.py

# Measures speed against the peers, which get an environment of their own, and writes docs/speed*.md.
bench: setup .venv-bench/installed
	$(bin)/python benchmarks/speed.py --peer-python .venv-bench/bin/python $(ARGS)
	$(bin)/python benchmarks/speed_pixels.py --peer-python .venv-bench/bin/python
	$(bin)/python benchmarks/speed_variants.py

.venv-bench/installed: | setup
	$(bin)/python -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet "stable-baselines3~=2.9.0" "torch==2.13.0" "jax==0.10.2" "ale-py==0.12.1"
	touch $@

lint: setup
	$(bin)/ruff check
	$(bin)/ruff format --check

format: setup
	$(bin)/ruff check --fix
	$(bin)/ruff format

clean:
	rm -rf .venv .venv-bench .venv.log build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -o -name .ipynb_checkpoints | xargs rm -rf

# A failure is one line, so it is raised by make itself and not by a command.
setup:
	@$(if $(findstring n,$(firstword -$(MAKEFLAGS))),,$(eval problem := $(shell sh tools/setup.sh $(if $(PYTHON),"$(PYTHON)")))$(if $(problem),$(error $(problem)))):
