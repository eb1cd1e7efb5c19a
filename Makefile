# make map: the border study, from nothing.   make test: lint, types and tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: map test lint check browser clean

map: $(VENV)/.installed
	$(BIN)/sitesel run border
	@echo "Open the map:  $(CURDIR)/maps/border/map.html"

test: $(VENV)/.installed-dev browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

$(VENV)/.installed: pyproject.toml
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@ $(VENV)/.installed

# The page is tested in a real Chromium: the system's own, Debian's package, or Playwright's.
browser: $(VENV)/.installed-dev
	@command -v chromium || command -v chromium-browser || command -v google-chrome \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get && apt-get -qq update \
	       && apt-get -qq install -y chromium; } \
	  || $(BIN)/python -m playwright install chromium

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
