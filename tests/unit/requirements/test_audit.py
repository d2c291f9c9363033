import subprocess
import sys
from pathlib import Path

import pytest

from requirements import audit

ROOT = Path(__file__).resolve().parents[3]
STAND_IN = [sys.executable, str(Path(__file__).with_name("stand_in_pip_audit.py"))]
LOCK = "redis==8.1.0 \\\n    --hash=sha256:aa\nhttpx==1.0 \\\n    --hash=sha256:bb\n"


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    (tmp_path / "service.txt").write_text(LOCK)
    (tmp_path / "override.txt").write_text("setuptools>=60\n")
    return tmp_path


def run(locks: Path, monkeypatch: pytest.MonkeyPatch, vulnerable: str, failure: str = "") -> int:
    monkeypatch.setenv("VULNERABLE", vulnerable)
    monkeypatch.setenv("FAILURE", failure)
    return int(audit.main([], STAND_IN, locks))


def test_audit_without_findings_passes(
    locks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(locks, monkeypatch, "urllib3") == 0
    assert capsys.readouterr().out == "0 known vulnerabilities in the locked packages\n"


def test_finding_fails_the_audit_and_is_printed(
    locks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(locks, monkeypatch, "urllib3 redis torch") == 1
    assert capsys.readouterr().out.splitlines() == [
        "service.txt: redis 8.1.0: TEST-1, fixed in 9.9",
        f"torch: torch {audit.TORCH}: TEST-1, fixed in 9.9",
        "2 known vulnerabilities in the locked packages",
    ]


@pytest.mark.parametrize(
    ("vulnerable", "failure", "reason"),
    [
        ("urllib3", "unreachable", "ConnectionError: nobody at index.example"),
        ("urllib3", "silent", "no report"),
        ("httpx", "partial", "ended with 1"),
        ("", "", "does not report the known vulnerabilities of urllib3==1.24.1"),
    ],
)
def test_audit_that_could_not_be_made_fails(
    locks: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    vulnerable: str,
    failure: str,
    reason: str,
) -> None:
    assert run(locks, monkeypatch, vulnerable, failure) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("error: the audit could not be made: ")
    assert reason in printed.err
    assert "known vulnerabilities in" not in printed.out


def test_missing_locks_fail_the_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path, monkeypatch, "urllib3") == 2


def test_every_lock_is_audited() -> None:
    compiled = {
        line.split()[1]
        for line in (ROOT / "requirements" / "lock.sh").read_text().splitlines()
        if line.startswith("compile ")
    }
    assert {path.name for path in audit.locks(ROOT / "requirements")} == compiled


def test_missing_pip_audit_fails_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "requirements.audit"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "No module named pip_audit" in done.stderr
