# What people and CI type; `make help` lists it.
# PORT, HOST and DATA_DIR reach the server: make run PORT=9000

PYTHON_IN_VENV := .venv/bin/python
MANAGE := $(PYTHON_IN_VENV) manage.py
PYTEST := $(PYTHON_IN_VENV) -m pytest --numprocesses auto

# Python starts hundreds of times in the tests. It must not compile everything anew each time.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run demo quick test test-services check fix openapi contract clients docs screenshots bench bench-api bench-browser accuracy hostile chaos chaos-short pins audit clean .runtime .tools

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do \
		printf '  make %-14s %s\n' "$$name" "$$what"; done

run: .runtime ## Install, migrate, and run web, worker and scheduler (PORT, HOST, DATA_DIR)
	@exec $(MANAGE) serve

demo: .runtime ## With the server running: create, run and end an evaluation, and watch its webhooks
	@exec $(MANAGE) demo

quick: .tools ## Run the tests that take no time, on the embedded default: between two edits
	@DATABASE_URL= REDIS_URL= $(PYTEST) --quick $(TESTS)

test: .tools ## Run the tests on the embedded default, but for those in a browser (TESTS: others, for example TESTS='-m browser')
	@DATABASE_URL= REDIS_URL= $(PYTEST) $(or $(TESTS),-m "not browser")

test-services: .tools ## Run them, and the races, on PostgreSQL and Redis (DATABASE_URL, REDIS_URL)
	@. scripts/services && $(PYTEST) $(TESTS)

check: ## Do exactly what CI does
	@.ci/run

fix: .tools ## Repair what can be repaired: format, imports, simple lint
	@$(PYTHON_IN_VENV) -m ruff check --fix
	@$(PYTHON_IN_VENV) -m ruff format

openapi: .tools ## Write docs/api/openapi.json anew
	@DJANGO_SETTINGS_MODULE=config.settings_test $(MANAGE) \
		spectacular --validate --fail-on-warn --format openapi-json --file docs/api/openapi.json

contract: .tools ## Print what of the contract is built, what differs, and what is missing
	@$(PYTHON_IN_VENV) -m tests.contract.report

clients: .tools ## Make clients from docs/api/openapi.json, compile them, and call a server with one
	@clients/run

docs: .tools ## Bring what is made from code in docs/ up to date
	@DJANGO_SETTINGS_MODULE=config.settings_test $(MANAGE) write_docs

screenshots: .tools ## Make the pictures of the README and of docs/ anew (needs Chromium)
	@$(PYTHON_IN_VENV) scripts/screenshots.py

bench: ## Measure the delivery engine against its goals (GOALS=G1,G4 WRITE=1; QUICK=1); writes docs/develop/benchmarks.md
	@INSTALL_INTO=.venv-bench scripts/install benchmarks/requirements.txt
	@. scripts/services && .venv-bench/bin/python -m benchmarks.engine.run $(if $(GOALS),--goals $(GOALS)) \
		$(if $(QUICK),--quick) $(if $(or $(WRITE),$(if $(GOALS)$(QUICK),,1)),--write docs/develop/benchmarks.md)

bench-api: .tools ## Measure the API: beside its floor, and long lists (REQUESTS=1 leaves these out; QUICK=1); writes docs/develop/benchmarks-api.md
	@. scripts/services && $(PYTHON_IN_VENV) -m benchmarks.api.run \
		$(if $(REQUESTS),--requests) \
		$(if $(QUICK),--quick,--write docs/develop/benchmarks-api.md)

accuracy: .tools ## Measure how right autousers are, on pages with known faults (needs Chromium); writes docs/develop/accuracy.md
	@DJANGO_SETTINGS_MODULE=config.settings_test $(PYTHON_IN_VENV) -m benchmarks.accuracy.run \
		--write docs/develop/accuracy.md

hostile: .tools ## Visit every page that means harm, and see that each is kept in (NAMES=loop,heap)
	@$(PYTHON_IN_VENV) -m tests.autousers.engine.browser.hostile $(NAMES)

bench-browser: .tools ## Measure visits with Chromium, and 1,000 runs that share three; writes docs/develop/benchmarks-browser.md
	@. scripts/services && $(PYTHON_IN_VENV) -m benchmarks.browser.run --write docs/develop/benchmarks-browser.md

chaos: .tools ## Kill everything, again and again, and see that nothing is lost (KILLS, SEED, REPORT)
	@. scripts/services && $(PYTHON_IN_VENV) -m chaos.run --kills $(or $(KILLS),1000) \
		--seed $(or $(SEED),7) $(if $(REPORT),--report $(REPORT))

chaos-short: .tools ## The same in two minutes; CI does it (SEED)
	@. scripts/services && $(PYTHON_IN_VENV) -m chaos.run --kills 60 --minutes 1.2 \
		--seed $(or $(SEED),7)

pins: .tools ## Write requirements*.txt anew from requirements*.in; newer: scripts/pins --upgrade
	@scripts/pins

audit: .tools ## Ask for known vulnerabilities of what is pinned
	@$(PYTHON_IN_VENV) scripts/audit.py

clean: ## Remove what was installed and cached; the data stays
	rm -rf .venv .venv-bench .venv-clients .bench clients/generated clients/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.runtime:
	@scripts/install requirements.txt

.tools:
	@scripts/install requirements-dev.txt
