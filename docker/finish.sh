#!/bin/sh
# Finishes /opt/venv for an image: finish.sh NAME LOCK. It removes installers, sources, tests and type stubs of packages,
# and large parts that are not used. Then it writes the bill of materials.
set -eu
pip check
grep -q '^setuptools==' "$2" || pip uninstall --quiet --yes setuptools
pip uninstall --quiet --yes cython pip
packages=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
find "$packages" -depth -type d \( -name tests -o -path '*/torch/include' -o -path '*/torch/test' -o -path '*/pyarrow/include' \) -exec rm -rf {} +
find "$packages" -type f \( -name '*.map' -o -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.[ach]' -o -name '*.hpp' -o -name '*.cpp' \) -delete
# Swagger UI includes an editor, and Litestar's Faker includes sample data in a hundred languages.
rm -f "$packages"/swagger_ui/static/swagger-editor*
find "$packages" -depth -type d -path '*/faker/providers/*/*' ! -name en ! -name en_GB ! -name en_US ! -name la ! -name __pycache__ -exec rm -rf {} +
python docker/bill_of_materials.py "$1" dpkg-status > /opt/venv/sbom.cdx.json
