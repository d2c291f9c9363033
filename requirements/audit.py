"""Audits all locked packages for known vulnerabilities (`make audit`).

It needs pip-audit only. The exit code is 0 without findings, 1 with findings, and 2 when the audit could not be made.
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
"""A package with a known vulnerability (CVE-2019-11324). An advisory source must report it."""

NOT_LOCKED = {"torch": f"torch=={TORCH}"}
"""Pinned packages from another index, see docs/adr/0004."""


class AuditFailed(Exception):
    """The audit could not be made. The text says why."""


def locks(folder: Path) -> list[Path]:
    """The locked requirements, which have hashes."""
    found = [path for path in sorted(folder.glob("*.txt")) if "--hash=sha256:" in path.read_text()]
    if not found:
        raise AuditFailed(f"there are no locked requirements in {folder}")
    return found


def findings(tool: Sequence[str], requirements: Path, options: Sequence[str], temporary: Path) -> list[str]:
    """One line per vulnerability of the packages that these requirements install.

    Raises:
        AuditFailed: pip-audit did not check every package.
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
        raise AuditFailed(_reason(done.stderr) or f"pip-audit gave no report: {error!r}") from error
    if not audited or done.returncode != bool(found):
        raise AuditFailed(_reason(done.stderr) or f"pip-audit ended with {done.returncode}")
    return found


def audit(tool: Sequence[str], folder: Path, options: Sequence[str]) -> list[str]:
    """Audits all locks in the folder and returns one line per vulnerability.

    Raises:
        AuditFailed: the advisory source does not know `CANARY`, or pip-audit failed.
    """
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        pinned = temporary / "pinned.txt"
        without_hashes = ["--no-deps", *options]
        pinned.write_text(CANARY)
        if not findings(tool, pinned, without_hashes, temporary):
            raise AuditFailed(f"the advisory source does not report the known vulnerabilities of {CANARY}")
        found = []
        for lock in locks(folder):
            locked = findings(tool, lock, ["--require-hashes", *options], temporary)
            found += [f"{lock.name}: {line}" for line in locked]
        for package, requirement in NOT_LOCKED.items():
            pinned.write_text(requirement)
            found += [f"{package}: {line}" for line in findings(tool, pinned, without_hashes, temporary)]
    return found


def main(options: Sequence[str], tool: Sequence[str] | None = None, folder: Path | None = None) -> int:
    """Prints the findings and returns the exit code."""
    try:
        found = audit(tool or [sys.executable, "-m", "pip_audit"], folder or ROOT / "requirements", options)
    except AuditFailed as error:
        sys.stderr.write(f"error: the audit could not be made: {error}\n")
        return 2
    sys.stdout.write("\n".join([*found, f"{len(found)} known vulnerabilities in the locked packages"]) + "\n")
    return 1 if found else 0


def _line(package: dict[str, str], fault: dict[str, list[str] | str]) -> str:
    fixed = ", ".join(fault["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {fault['id']}, fixed in {fixed}"


def _reason(output: str) -> str | None:
    """The last line with a named error and its text, or the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named_errors = [
        line for line in lines if re.match(r"(ERROR|[\w.]*(Error|Exception|Timeout|SSL)\w*):", line)
    ]
    return next(reversed(named_errors or lines), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
