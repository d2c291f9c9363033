import json
from pathlib import Path

import pytest

from loadtests.__main__ import main
from loadtests.stacks import Stack, StackNotRunning, demo, require_loopback


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:1", "http://[::1]:80"])
def test_loopback_may_be_tested(url: str) -> None:
    require_loopback(url)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "https://shop.example", "http://127.0.0.1.evil.example", ""]
)
def test_other_machines_may_not_be_tested(url: str) -> None:
    with pytest.raises(StackNotRunning):
        require_loopback(url)
    with pytest.raises(StackNotRunning):
        Stack("http://127.0.0.1:1", {"LOADTEST_TOKEN_URL": url}, "make demo").check()


def test_missing_demo_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StackNotRunning, match="make demo"):
        demo(tmp_path / "running.json")


def test_demo_that_died_is_an_error_before_the_first_shopper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    nowhere = f"http://127.0.0.1:{free_port}"
    note = {"service_url": nowhere, "issuer_url": nowhere, "client_id": "demo", "client_secret": "s"}
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "running.json").write_text(json.dumps(note))
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    error = capsys.readouterr().err
    assert f"The issuer does not answer at {nowhere}/token" in error
    assert "make demo" in error
