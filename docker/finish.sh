#!/bin/sh
# Readies /opt/venv for an image: finish.sh NAME. What only installs, compiles or tests packages goes; the bill of
# materials of what stays comes in.
set -eu
pip uninstall --quiet --yes pip
find /opt/venv/lib -depth -type d \( -name tests -o -path '*/site-packages/torch/include' -o -path '*/site-packages/torch/test' \) -exec rm -rf {} +
find /opt/venv/lib -type f -name '*.map' -delete
python docker/bill_of_materials.py "$1" dpkg-status > /opt/venv/sbom.cdx.json
