#!/bin/sh
# Readies /opt/venv for an image: finish.sh NAME LOCK. What only installs, compiles, tests or types packages goes, and so
# do the large parts of packages that nothing here asks for; the bill of materials of what stays comes in.
set -eu
pip check
grep -q '^setuptools==' "$2" || pip uninstall --quiet --yes setuptools
pip uninstall --quiet --yes pip
packages=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
find "$packages" -depth -type d \( -name tests -o -path '*/torch/include' -o -path '*/torch/test' -o -path '*/pyarrow/include' \) -exec rm -rf {} +
find "$packages" -type f \( -name '*.map' -o -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.[ach]' -o -name '*.hpp' -o -name '*.cpp' \) -delete
# Swagger UI comes with an editor, and Litestar with made-up names and addresses in a hundred languages.
rm -f "$packages"/swagger_ui/static/swagger-editor*
find "$packages" -depth -type d -path '*/faker/providers/*/*' ! -name en ! -name en_GB ! -name en_US ! -name la ! -name __pycache__ -exec rm -rf {} +
python docker/bill_of_materials.py "$1" dpkg-status > /opt/venv/sbom.cdx.json
