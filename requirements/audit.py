"""Asks for known vulnerabilities of every locked package (`make audit`). Standard library and pip-audit alone.

Exits with 0 when there are none, 1 when there are, 2 when it could not look: an audit that saw nothing is no audit.
Options for pip-audit may follow, such as `--vulnerability-service osv` or `--ignore-vuln ID`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.torch_build import VERSION as TORCH

ROOT = Path(__file__).resolve().parents[1]
CANARY = "urllib3==1.24.1"
"""Known to be vulnerable since 2019 (CVE-2019-11324): a source that does not say so is not one."""

NOT_LOCKED = {"torch": f"torch=={TORCH}"}
"""Pinned, but from an index of its own; see docs/adr/0004."""


class CannotLook(Exception):
    """The audit could not be made; the text says why."""


def locks(folder: Path) -> list[Path]:
    """The locked requirements: those with hashes."""
    found = [path for path in sorted(folder.glob("*.txt")) if "--hash=sha256:" in path.read_text()]
    if not found:
        raise CannotLook(f"there are no locked requirements in {folder}")
    return found


def findings(tool: Sequence[str], requirements: Path, options: Sequence[str], temporary: Path) -> list[str]:
    """One line per vulnerability of a package that these requirements install here.

    Raises:
        CannotLook: pip-audit did not answer for every package.
    """
    report = temporary / "report.json"
    report.unlink(missing_ok=True)
    command = [*tool, "--requirement", str(requirements), "--disable-pip", "--strict", "--format", "json"]
    command += ["--output", str(report), "--progress-spinner", "off", "--cache-dir", str(temporary), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        audited = json.loads(report.read_text())["dependencies"]
        found = [_line(package, fault) for package in audited for fault in package["vulns"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotLook(_reason(done.stderr) or f"pip-audit gave no report: {error!r}") from error
    if not audited or done.returncode != bool(found):
        raise CannotLook(_reason(done.stderr) or f"pip-audit ended with {done.returncode}")
    return found


def audit(tool: Sequence[str], folder: Path, options: Sequence[str]) -> list[str]:
    """What is known of all locks in the folder; CannotLook when the source of knowledge has none."""
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        pinned = temporary / "pinned.txt"
        without_hashes = ["--no-deps", *options]
        pinned.write_text(CANARY)
        if not findings(tool, pinned, without_hashes, temporary):
            raise CannotLook(f"it is not told of the vulnerabilities of {CANARY}, which are known since 2019")
        found = []
        for lock in locks(folder):
            locked = findings(tool, lock, ["--require-hashes", *options], temporary)
            found += [f"{lock.name}: {line}" for line in locked]
        for package, requirement in NOT_LOCKED.items():
            pinned.write_text(requirement)
            found += [f"{package}: {line}" for line in findings(tool, pinned, without_hashes, temporary)]
    return found


def main(options: Sequence[str], tool: Sequence[str] | None = None, folder: Path | None = None) -> int:
    """Prints the findings; the exit code."""
    try:
        found = audit(tool or [sys.executable, "-m", "pip_audit"], folder or ROOT / "requirements", options)
    except CannotLook as error:
        sys.stderr.write(f"The audit could not be made: {error}\n")
        return 2
    sys.stdout.write("\n".join([*found, f"{len(found)} known vulnerabilities in the locked packages"]) + "\n")
    return 1 if found else 0


def _line(package: dict[str, str], fault: dict[str, list[str] | str]) -> str:
    fixed = ", ".join(fault["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {fault['id']}, fixed in {fixed}"


def _reason(output: str) -> str | None:
    """The last line that names an error and says something about it, else the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if re.match(r"(ERROR|[\w.]*(Error|Exception|Timeout|SSL)\w*):", line)]
    return next(reversed(telling or lines), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
