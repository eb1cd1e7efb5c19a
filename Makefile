# make map: the border study, from nothing.   make test: lint, types and tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHROMIUM := command -v chromium-headless-shell || command -v chromium \
  || command -v chromium-browser || command -v google-chrome
# Python's packages and the system's are installed at once, and types are checked meanwhile.
MAKEFLAGS += --jobs=2

.PHONY: map test pytest lint browser office script database clean

map: $(VENV)/.installed
	$(BIN)/sitesel run border
	@echo "Open the map:  $(CURDIR)/maps/border/map.html"

test: lint pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

pytest: $(VENV)/.installed-dev browser office script database
	@$(CHROMIUM) || $(BIN)/python -m playwright install chromium
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

$(VENV)/.installed: pyproject.toml
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --editable ".[dev]"
	touch $@ $(VENV)/.installed

# The page is tested in a real Chromium: the system's own, Debian's package, or Playwright's. The
# one without a desktop (headless shell) opens a page in two thirds of the time.
browser:
	@$(CHROMIUM) \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get && apt-get -qq update \
	       && { apt-get -qq install -y chromium-headless-shell \
	            || apt-get -qq install -y chromium; }; } \
	  || echo "no Chromium of the system's: Playwright's is taken"

# The workbook is recalculated by LibreOffice; without root its tests are skipped, except in CI.
office: | browser
	@command -v soffice || command -v libreoffice \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get && apt-get -qq update \
	       && apt-get -qq install -y --no-install-recommends libreoffice-calc-nogui; } \
	  || echo "no LibreOffice: the workbook is not recalculated by the tests"

# The page's script is type-checked by the TypeScript compiler and linted by ESLint; without npm
# that is skipped, except in CI.
script: $(VENV)/.installed-dev
	@test -x $(VENV)/js/node_modules/.bin/eslint || ! command -v npm \
	  || npm install --silent --no-audit --no-fund --prefix $(VENV)/js typescript@5 eslint@9

# The tests start a PostgreSQL with PostGIS of their own (no server of the system's is made) and
# compare slopes with gdaldem's; without root these tests are skipped, except in CI.
database: | office
	@{ command -v gdaldem && ls /usr/share/postgresql/*/extension/postgis.control; } \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get \
	       && mkdir -p /etc/postgresql-common/createcluster.d \
	       && echo "create_main_cluster = false" \
	          > /etc/postgresql-common/createcluster.d/sitesel.conf \
	       && apt-get -qq update \
	       && apt-get -qq install -y --no-install-recommends postgresql-postgis gdal-bin openssl; } \
	  || echo "no PostGIS or gdaldem: what needs them is not tested"

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
