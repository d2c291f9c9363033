"""Which stacks shoppers are sent to, and what is said when there is none."""

import json
from pathlib import Path

import pytest

from loadtests.__main__ import main
from loadtests.stacks import NothingToTest, Stack, demo, refuse_elsewhere


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:1", "http://[::1]:80"])
def test_loopback_may_be_tested(url: str) -> None:
    refuse_elsewhere(url)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "https://shop.example", "http://127.0.0.1.evil.example", ""]
)
def test_nobody_else_may(url: str) -> None:
    with pytest.raises(NothingToTest):
        refuse_elsewhere(url)


def test_the_demo_is_found_by_its_note(tmp_path: Path) -> None:
    note = tmp_path / "running.json"
    with pytest.raises(NothingToTest, match="make demo"):
        demo(note)
    running = {"service_url": "http://127.0.0.1:8000", "issuer_url": "http://127.0.0.1:8200"}
    note.write_text(json.dumps(running | {"client_id": "demo", "client_secret": "s"}))
    assert demo(note).host == "http://127.0.0.1:8000"
    assert demo(note).environment["LOADTEST_TOKEN_URL"] == "http://127.0.0.1:8200/token"


def test_a_demo_that_died_is_missed_before_the_first_shopper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    nowhere = f"http://127.0.0.1:{free_port}"
    note = {"service_url": nowhere, "issuer_url": nowhere, "client_id": "demo", "client_secret": "s"}
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "running.json").write_text(json.dumps(note))
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    said = capsys.readouterr().err
    assert "The issuer does not answer" in said
    assert "make demo" in said


def test_the_issuer_too_has_to_be_on_this_machine() -> None:
    stack = Stack("http://127.0.0.1:1", {"LOADTEST_TOKEN_URL": "https://issuer.example/token"}, "make demo")
    with pytest.raises(NothingToTest, match=r"issuer\.example"):
        stack.check()
