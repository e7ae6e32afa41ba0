.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# What a process has compiled, the next ones need not: the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

help: ## List what you can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/ready ## Everything on this machine with an invented world: no account, key or network
	@$(BIN)/python -m bot local --demo

run: .venv/ready ## The same on real sources; in real Slack when .env has its tokens
	@$(BIN)/python -m bot local

test: .venv/tests ## Install what the tests need and run all of them
	@deploy/install-test-tools
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -q

faults: .venv/tests ## Only the tests that break the running system; about ten minutes
	@deploy/install-test-tools
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -q tests/faults

soak: .venv/tests ## Mixed load and random faults for 15 minutes; SEED= repeats one
	@deploy/install-test-tools
	$(BIN)/python -m tests.soak $(if $(SEED),--seed $(SEED))

check: lint ## Lint, and the tests that read the laws, the manifest and deploy/ alone
	$(BIN)/python -m pytest -q -p no:xdist tests/test_architecture.py tests/test_manifest.py tests/deploy/test_systemd.py \
		tests/deploy/test_kubernetes.py
	$(BIN)/python -m pytest -q -p no:xdist tests/faults/test_privilege.py -k 'containers or image or unit'

lint: .venv/tests ## Style and types; all of deploy/, the compose file and the Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/hadolint Dockerfile
	$(BIN)/yamllint --strict -c deploy/yamllint.yml docker-compose.yml manifest.yml deploy
	$(BIN)/shellcheck deploy/make-secrets deploy/install-test-tools .ci/run tests/faults/confine.sh \
		tests/deploy/container.sh
	DOMAIN=example.com $(BIN)/caddy validate --adapter caddyfile --config deploy/caddy/Caddyfile 2>/dev/null
	$(BIN)/caddy fmt deploy/caddy/Caddyfile | diff deploy/caddy/Caddyfile -

docs: .venv/ready ## Write docs/reference anew from the code
	$(BIN)/python docs/generate.py

words: .venv/tests ## Collect what we say in Slack, and compile its translations
	$(BIN)/python docs/words.py

pins: .venv/tests ## Write requirements.txt, tests/ and deploy/flower/requirements.txt anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links -q -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links -q -c requirements.txt -o tests/requirements.txt
	$(BIN)/uv pip compile --group flower --universal --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links -q -c requirements.txt -o deploy/flower/requirements.txt

audit: .venv/tests ## Look at what we depend on: pins, licences; with the network also known vulnerabilities
	$(BIN)/python deploy/audit.py
	-$(BIN)/uv tool run pip-audit --disable-pip --require-hashes -r requirements.txt

clean: ## Remove the virtual environment and all local data
	rm -rf .venv var

.venv/ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/tests: tests/requirements.txt .venv/ready
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@

.PHONY: help demo run test faults soak check lint docs words pins audit clean
