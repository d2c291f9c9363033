"""Behaves like `pip install --dry-run --report`: `stand_in_pip.py REPORT OPTIONS`."""

import shutil
import sys

source, *arguments = sys.argv[1:]
if source == "no network":
    sys.exit(
        "WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution found"
    )
if source == "nothing" or ("--index-url" in arguments and "https://unreachable.example" in arguments):
    sys.exit(1)
shutil.copy(source, arguments[arguments.index("--report") + 1])
