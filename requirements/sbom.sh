#!/usr/bin/env bash
# Writes a CycloneDX bill of materials per deployable from its locked requirements into build/sbom (`make sbom`). It
# needs no network and is reproducible. torch is pinned outside the locks: see docs/adr/0004.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${1:?usage: requirements/sbom.sh PYTHON}
torch=$("$python" -c 'from tools.torch_build import VERSION; print(VERSION)')
mkdir -p build/sbom
for deployable in service indexer catalog; do
  requirements=$(mktemp)
  cp "requirements/$deployable.txt" "$requirements"
  [[ $deployable != indexer ]] || echo "torch==$torch" >>"$requirements"
  "$python" -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --spec-version 1.6 --output-format JSON \
    --output-reproducible --output-file "build/sbom/$deployable.cdx.json" "$requirements"
  rm -f "$requirements"
  echo "build/sbom/$deployable.cdx.json"
done
