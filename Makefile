# Targets of the project. `make help` lists them.
#
# make demo  [PURCHASES=files [PRODUCTS=file] [USERS=file] [MAP="user_id=Client …"] [DATES=dmy|mdy|swapped] [TIMEZONE=zone]
#             [WHERE="status=paid"] [BAD_ROWS=share] [HASH_USERS=keyfile]]
# make token SUB=user | SCOPE="recommendations:read.any"
# make audit [AUDIT_OPTIONS="--vulnerability-service osv"]
# Set-up: PYTHON=python3.12   TORCH_INDEX=url of CPU builds   TORCH_WHEEL=file

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo token rebuild test coverage test-chart test-ingress test-poolers test-storage test-cluster test-browser test-telemetry screenshots test-containers loadtest fuzz bench check format lock audit sbom docs site clean \
	setup-demo setup-tests setup-audit setup-loadtests

# Passed as environment variables, so that the shell does not interpret their values.
VARIABLES := PYTHON AUDIT_OPTIONS TORCH_INDEX TORCH_WHEEL PURCHASES PRODUCTS USERS MAP DATES TIMEZONE WHERE BAD_ROWS HASH_USERS SUB SCOPE FUZZ_EXAMPLES SHAPE AGAINST ROW BENCH_OPTIONS
export $(VARIABLES)

# `make demo PURCHASE=file` would run the demo without the file.
MISTYPED := $(foreach name,$(filter-out $(VARIABLES) SHELL TESTS VENV MAKE%,$(.VARIABLES)),$(if $(findstring command line,$(origin $(name))),$(name)))
ifneq ($(strip $(MISTYPED)),)
$(error $(strip $(MISTYPED)) is no variable of this Makefile. Its variables are $(VARIABLES))
endif

VENV := .venv/bin/python
# The set-up writes a stamp when the last package is installed.
DEMO_IS_SET_UP = ls $(dir $(VENV))../.installed-* >/dev/null 2>&1 \
	|| { echo "error: No demo is running here, and $(VENV:/bin/python=) is not set up. Run make demo, then this again in a second terminal." >&2; exit 1; }
# Many tests wait for programs that they start: two workers for each core, eight at most, keep the cores busy.
# They start hundreds of programs, each a tenth faster with compiled modules.
TESTS = env -u PYTHONDONTWRITEBYTECODE $(VENV) -m pytest --numprocesses $$(( $$(nproc) > 4 ? 8 : 2 * $$(nproc) )) --dist loadfile --no-loadscope-reorder
SET_UP = python=$$(command -v python3 || command -v python3.12 || command -v python3.11 || command -v "$$PYTHON") \
	|| { echo "error: Python 3.11 or 3.12 is needed. On Debian or Ubuntu: apt-get install python3 python3-venv python3-dev g++ make" >&2; exit 1; }; \
	exec "$$python" -m tools.environment --python "$$PYTHON"

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

demo: setup-demo ## load, build, serve and print recommendations (Ctrl-C ends it)
	@exec $(VENV) -m demo run --purchases="$$PURCHASES" --products="$$PRODUCTS" --users="$$USERS" --map="$$MAP" --dates="$$DATES" \
	  --timezone="$$TIMEZONE" --where="$$WHERE" --bad-rows="$$BAD_ROWS" --hash-users="$$HASH_USERS"

token: ## print a token from the running demo: SUB=<user id> or SCOPE="recommendations:read.any"
	@$(DEMO_IS_SET_UP); \
	exec $(VENV) -m demo token --subject "$$SUB" --scope "$$SCOPE"

rebuild: ## build and measure another snapshot of the running demo, to compare it in the console
	@$(DEMO_IS_SET_UP); \
	exec $(VENV) -m demo rebuild

test: setup-tests setup-loadtests ## run every test that needs nothing but pip
	$(TESTS) --durations=15

coverage: setup-tests setup-loadtests ## run the same tests with coverage, which doubles their time
	$(TESTS) --cov --cov-report=term

fuzz: setup-tests ## send generated requests to every operation of the API (FUZZ_EXAMPLES=100 for each)
	$(VENV) -m pytest tests/fuzz

test-chart: setup-tests ## test the Helm chart with helm, kubectl and promtool (no root, no cluster)
	@$(VENV) -m tests.chart.tools
	$(VENV) -m pytest tests/chart

test-ingress: setup-tests ## test behind nginx with tokens of a certified OpenID server (needs nginx, node and npm)
	@$(VENV) -m tests.ingress
	$(VENV) -m pytest tests/ingress --durations=5

test-poolers: setup-tests ## test the service behind PgBouncer in transaction mode (needs pgbouncer)
	@$(VENV) -m tests.poolers
	$(VENV) -m pytest tests/poolers

test-storage: setup-tests ## test snapshots in a real object storage, which is killed again and again (no root)
	program=$$($(VENV) -m tests.storage) && SEAWEEDFS=$$program $(VENV) -m pytest tests/storage tests/integration/adapters/snapshots \
	  tests/integration/service/snapshots/test_object_storage.py

test-cluster: ## install, upgrade, roll back, drain and uninstall the chart in a cluster of its own (needs Docker and kind or k3d)
	@tests/cluster/run.sh

test-browser: setup-tests ## test the console and the search of the site in Chromium (needs chromium)
	@$(VENV) -m tests.browser
	$(VENV) -m pytest tests/browser

test-telemetry: setup-tests setup-loadtests ## compare what a minute of load emits with the reference of metrics, logs and spans
	$(VENV) -m pytest tests/telemetry

screenshots: setup-tests ## take the documentation's pictures of the console (needs chromium)
	@$(VENV) -m tests.browser screenshots

test-containers: setup-tests ## build the images and run the Compose stack on a separate Docker engine (needs root and Debian)
	@$(VENV) -m tests.containers
	$(VENV) -m pytest tests/containers --capture=no --timeout 1800 --durations=5

loadtest: setup-loadtests ## load-test the running demo or AGAINST=compose: SHAPE=smoke|ramp|spike|hpa-step (fails over its limits)
	@exec .venv-loadtests/bin/python -m loadtests --shape "$${SHAPE:-smoke}" --against "$${AGAINST:-demo}"

bench: setup-tests ## measure everything, or ROW=name alone (names: benchmarks/README.md; BENCH_OPTIONS="--products 3000")
	@exec $(VENV) -m benchmarks $$ROW $$BENCH_OPTIONS

check: setup-tests ## lint, formatting, types, import rules, generated documentation, links of the site
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy
	.venv/bin/lint-imports
	$(VENV) -m tests.conventions.english
	$(VENV) docs/reference/generate.py --check
	$(VENV) charts/generate.py --check
	@NO_MKDOCS_2_WARNING=1 $(VENV) -m mkdocs build --quiet

format: setup-tests ## format the code and sort imports
	$(VENV) -m ruff format .
	$(VENV) -m ruff check --fix .

docs: setup-tests ## regenerate documentation, and the generated parts of the chart
	$(VENV) docs/reference/generate.py
	$(VENV) charts/generate.py

site: setup-tests ## build the documentation into build/site, and serve it at http://127.0.0.1:8400 until Ctrl-C
	@NO_MKDOCS_2_WARNING=1 $(VENV) -m mkdocs build --quiet
	@exec $(VENV) -m http.server --bind 127.0.0.1 --directory build/site 8400

lock: ## update the locked requirements (needs uv)
	requirements/lock.sh

audit: setup-audit ## audit all locked packages for known vulnerabilities
	.audit/bin/python -m requirements.audit $$AUDIT_OPTIONS

sbom: setup-audit ## write a CycloneDX bill of materials per deployable into build/sbom
	requirements/sbom.sh .audit/bin/python

.DEFAULT:
	@echo "error: There is no target $@. Run make help for the list." >&2; exit 2

clean: ## remove the environment, the demo's data and all caches
	rm -rf .venv .venv-loadtests .audit .chart-tools .storage-tools build .demo .setup.log tests/ingress/issuer/node_modules .coverage \
		.pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache recommender/kernels/*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup-demo:
	@$(SET_UP) demo
	@$(VENV) -m tools.kernels

setup-tests:
	@$(SET_UP) tests
	@$(VENV) -m tools.kernels

setup-audit:
	@$(SET_UP) audit

setup-loadtests:
	@$(SET_UP) loadtests
