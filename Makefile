# One command sets everything up and does the job. `make help` lists them.

PYTHON ?= $(shell command -v python3.13 >/dev/null 2>&1 && echo python3.13 || echo python3)
BIN = .venv/bin
export SAM_CLI_TELEMETRY = 0

help: ## list the commands
	@sed -nE 's/^([a-z0-9.-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

run: .venv/.installed ## run Furtka on this machine, with a seeded account, at http://127.0.0.1:3000
	@mkdir -p .furtka
	@exec $(BIN)/furtka local --log .furtka/functions.log $(ARGS)

demo: .venv/.installed ## play a whole sign-in against the running stack
	@exec $(BIN)/furtka demo $(ARGS)

env.json: .venv/.installed ## write what `sam local --env-vars` needs to use the AWS of the running stack
	$(BIN)/furtka sam env $(ARGS)

test: .venv/.installed ## the tests of every rule, function and command, with moto in the place of AWS
	$(BIN)/python -m pytest $(TESTS) $(THREE) $(ARGS)

proofs: .venv/.installed ## what holds for all requests: failures halfway, round trips, rights, secrets in tables and logs
	$(BIN)/python -m pytest tests/proofs $(THREE) $(ARGS)

journeys: .venv/.installed ## the stack on this machine over HTTP, by people and by clients that others wrote
	$(BIN)/python -m pytest $(JOURNEYS) $(CONTRACT:%=--ignore=%) $(THREE) $(ARGS)

quick: .venv/.installed ## the tests of `make test` that take about two minutes on an idle machine
	$(BIN)/python -m pytest $(QUICK) --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

races: .venv/.installed ## what many do at once, on AWS's own DynamoDB engine (needs Java, and installs it on Debian as root)
	$(BIN)/python -m tests.support.dynamodb_local
	$(BIN)/python -m pytest tests/races --numprocesses 2 --dist loadfile $(ARGS)

mirror: .venv/.installed ## the tests and proofs that run in one process, with each request to moto's DynamoDB made to AWS's own engine too
	$(BIN)/python -m tests.support.dynamodb_local
	$(BIN)/python -m pytest -p tests.support.mirror $(MIRROR) --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

contract: .venv/.installed ## hold docs/openapi.json against linters and the running stack, and build clients from it (linters and generators come from npm)
	$(BIN)/python -m pytest $(CONTRACT) --numprocesses 2 --dist loadfile $(ARGS)

e2e: .venv/.installed .venv-ministack/.installed ## sam build and sam deploy to ministack, an emulator of AWS, with roles enforced; the same journeys over HTTP
	$(BIN)/python -m pytest tests/e2e $(ARGS)

deploy: .venv/.installed ## build, and deploy to AWS: STACK= MAIL= [PANEL=] [STAGE=dev] [REGION=] [ARCH=] [PARAMETERS="Name=value"]
	@exec $(BIN)/furtka deploy$(foreach one,$(TYPED), --$(option-$(one))="$$$(one)")

mutants: .venv/.installed ## put 300 faults into the code, one at a time, and list those that no test notices (SAMPLE=, SEED=)
	$(BIN)/python -m tests.mutation $(if $(SEED),--seed $(SEED)) $(if $(SAMPLE),--sample $(SAMPLE)) $(ARGS)

nightly: .venv/.installed ## what takes hours: each race in twenty orders, at once and one by one, the mirror, and a sample of faults, another one each night
	SEEDS=20 $(MAKE) races
	AT_ONCE=1 SEEDS=20 $(MAKE) races
	$(MAKE) mirror
	$(MAKE) mutants

check: .venv/.installed .venv-scanners/.installed ## format, lint, types, import contracts, templates; the contract, limits and access pages are up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=functions:layers:. $(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml examples/*/template.yaml
	$(BIN)/sam validate --lint --region eu-central-1
	$(BIN)/sam validate --lint --region eu-central-1 --template examples/protected-api/template.yaml
	.venv-scanners/bin/checkov --config-file .checkov.yaml
	$(BIN)/python -m furtka.openapi --check docs/openapi.json
	$(BIN)/python -m furtka.limits --check docs/limits.md
	$(BIN)/python -m furtka.access --check docs/access.md
	$(BIN)/python -m furtka.audit_events --check docs/audit-events.md
	$(BIN)/python -m furtka.audit_schema --check docs/audit-events.schema.json

smoke: .venv/.installed ## run the short commands; check that each other target is run by .ci/run or can be printed
	$(BIN)/python -m tests.smoke $(ARGS)

bench: .venv/.installed ## time what a cold start imports, from the layer that `sam build` makes
	@mkdir -p .furtka
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build > .furtka/build.log 2>&1 || { cat .furtka/build.log; exit 1; }
	$(BIN)/python -m bench.cold_start $(ARGS)

openapi: .venv/.installed ## write docs/openapi.json from the handlers
	$(BIN)/python -m furtka.openapi $(ARGS) docs/openapi.json

limits: .venv/.installed ## write docs/limits.md from the policy
	$(BIN)/python -m furtka.limits $(ARGS) docs/limits.md

access: .venv/.installed ## write docs/access.md from the table of routes, roles and scopes
	$(BIN)/python -m furtka.access $(ARGS) docs/access.md

audit-events: .venv/.installed ## write docs/audit-events.md and its JSON Schema from the code
	$(BIN)/python -m furtka.audit_events $(ARGS) docs/audit-events.md
	$(BIN)/python -m furtka.audit_schema $(ARGS) docs/audit-events.schema.json

sbom: .venv-scanners/.installed ## write .furtka/sbom.json: what the layer carries, with versions and hashes (CycloneDX)
	@mkdir -p .furtka
	.venv-scanners/bin/cyclonedx-py requirements --output-reproducible --sv 1.6 --of JSON -o .furtka/sbom.json layers/requirements.txt

vulnerabilities: .venv-scanners/.installed ## look up known vulnerabilities of every pinned package (asks the package index; fails if it cannot)
	@for pins in layers/requirements.txt requirements/dev.txt requirements/ministack.txt requirements/scanners.txt; do \
		.venv-scanners/bin/pip-audit --strict --require-hashes --disable-pip --requirement $$pins $(ARGS) || exit 1; done

costs: .venv/.installed ## write docs/costs.md from what the code does
	$(BIN)/python -m tests.proofs.write_costs $(ARGS) > /dev/null

format: .venv/.installed ## put the code in order
	$(BIN)/ruff check --fix $(ARGS) .
	$(BIN)/ruff format $(ARGS) .

lock: .venv/.installed ## pin the newest packages that fit, with hashes and without addresses
	$(LOCK) requirements/dev.in --output-file requirements/dev.txt
	$(LOCK) --constraints requirements/dev.txt layers/requirements.in --output-file layers/requirements.txt
	$(LOCK) requirements/ministack.in --output-file requirements/ministack.txt
	$(LOCK) requirements/scanners.in --output-file requirements/scanners.txt

# An option of `furtka deploy` for what was typed: MAIL, for one, is a variable of most shells, and means another thing.
# The shell takes each value from the environment, where make puts it as it was typed: nobody runs or replaces any of it.
option-STACK = stack
option-STAGE = stage
option-REGION = region
option-MAIL = mail
option-PANEL = panel
option-ARCH = arch
option-PARAMETERS = parameters
option-ARGS = options
DEPLOYS_BY = STACK STAGE REGION MAIL PANEL ARCH PARAMETERS ARGS

ifneq ($(filter deploy,$(MAKECMDGOALS)),)
TYPED := $(foreach one,$(.VARIABLES),$(if $(filter command,$(origin $(one))),$(one)))
UNKNOWN := $(filter-out $(DEPLOYS_BY) PYTHON MAKEFLAGS MAKEOVERRIDES,$(TYPED))
$(if $(UNKNOWN),$(error make deploy knows no $(sort $(UNKNOWN)), only $(DEPLOYS_BY)))
TYPED := $(filter $(TYPED),$(DEPLOYS_BY))
$(foreach one,$(TYPED),$(eval override $(one) := $$(value $(one)))$(eval export $(one)))
MAKEOVERRIDES =
endif

CONTRACT = tests/contract tests/journeys/test_contract.py
JOURNEYS = tests/journeys tests/clients tests/furtka/local
IN_ONE_PROCESS = tests --ignore=tests/races --ignore=tests/e2e --ignore=tests/contract $(JOURNEYS:%=--ignore=%)
TESTS = $(IN_ONE_PROCESS) --ignore=tests/proofs
MIRROR = $(IN_ONE_PROCESS) --ignore=tests/mutation --ignore=tests/proofs/test_hostile_bodies.py # it counts lines that run
THREE = --numprocesses 3 --dist loadfile --no-loadscope-reorder

QUICK = tests/shared tests/login tests/verify_code tests/passwords tests/factors tests/oauth tests/sms_authenticator \
	tests/messages tests/contacts --ignore=tests/contacts/test_reach.py

LOCK = $(BIN)/uv pip compile --quiet --upgrade --python-version 3.13 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

.venv/.installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null || \
		{ echo "Furtka needs Python 3.13 or newer on PATH, as python3.13 or python3 (or make PYTHON=...)."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv-ministack/.installed: requirements/ministack.txt
	$(PYTHON) -m venv .venv-ministack
	.venv-ministack/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement requirements/ministack.txt
	@touch $@

.venv-scanners/.installed: requirements/scanners.txt
	$(PYTHON) -m venv .venv-scanners
	.venv-scanners/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement requirements/scanners.txt
	@touch $@

.PHONY: help run demo env.json test quick races mirror contract e2e deploy mutants nightly check smoke bench openapi limits access audit-events sbom vulnerabilities costs format lock
