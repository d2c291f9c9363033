"""Suites outside of `make test` keep in step with shared fixtures."""

import subprocess
import sys
import tomllib

from tests.conventions.source_files import ROOT

OPTIONS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
SUITES = [folder for folder in OPTIONS["norecursedirs"] if folder.startswith("tests/")]


def test_every_suite_that_is_left_out_finds_its_modules_and_fixtures() -> None:
    plan = [sys.executable, "-m", "pytest", "--setup-plan", "-p", "no:cacheprovider", *SUITES]
    done = subprocess.run(plan, cwd=ROOT, capture_output=True, text=True, check=False)
    faults = [line for line in done.stdout.splitlines() if line.startswith(("ERROR", "FAILED", "E  "))]
    assert done.returncode == 0, "\n".join(faults) or done.stdout[-2000:] + done.stderr
