# Two commands are enough: `make demo` diagnoses the bundled run, `make test` passes the tests.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check docs clean

$(VENV)/.run: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

demo: $(VENV)/.run
	$(BIN)/diagnose analyze examples/run42 --out demo
	@echo
	@echo "The report lies in demo/report.html and demo/report.pdf"

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --doctest-modules -m 'not lab' diagnose tests
	$(BIN)/python -m pytest -m lab tests/lab

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.catalogue --check

docs: $(VENV)/.dev
	$(BIN)/python -m tests.catalogue --write

clean:
	rm -rf $(VENV) demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
