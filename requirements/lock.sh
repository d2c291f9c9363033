#!/usr/bin/env bash
# Locks the requirements of every deployable with hashes (`make lock`). dev.txt is the superset for the development
# environment. The others are constrained by it, so that each package has one version.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "error: make lock needs uv, which is not installed here: https://docs.astral.sh/uv" >&2; exit 2; }

compile() {  # compile OUTPUT ARGUMENTS…
  local output=$1
  shift
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --override requirements/torch-override.txt --no-emit-package torch "$@" \
    --output-file "requirements/$output" pyproject.toml
}

torch_dependencies=requirements/torch-dependencies.in
compile dev.txt --extra service --extra indexer --extra baselines --extra catalog --extra demo --extra kernels --extra dev "$torch_dependencies" "${@}"
compile demo.txt --constraint requirements/dev.txt --extra service --extra indexer --extra catalog --extra demo --extra kernels "$torch_dependencies"
compile service.txt --constraint requirements/dev.txt --extra service
compile indexer.txt --constraint requirements/dev.txt --extra indexer "$torch_dependencies"
compile catalog.txt --constraint requirements/dev.txt --extra catalog
compile development.txt --constraint requirements/dev.txt --extra catalog --extra demo
compile loadtests.txt --extra loadtests
compile audit.txt --extra audit
compile containers.txt requirements/containers.in
compile build.txt --constraint requirements/dev.txt requirements/build.in
