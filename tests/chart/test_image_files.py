"""The files that images and Compose are made from, judged by hadolint and by Compose; neither needs an engine."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.chart.rendering import ROOT
from tests.chart.tools import Tools


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    """What a tool says."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_hadolint_warns_of_nothing(tools: Tools) -> None:
    done = run(str(tools.hadolint), "--failure-threshold", "warning", "--no-color", "Dockerfile")
    assert done.returncode == 0, done.stdout


def test_hadolint_finds_what_is_wrong(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN cd /tmp && sudo ls\n")
    done = run(str(tools.hadolint), "--failure-threshold", "warning", str(tmp_path / "Dockerfile"))
    assert done.returncode == 1


def test_compose_accepts_its_file(tools: Tools) -> None:
    done = run(str(tools.compose), "--file", "docker-compose.yml", "--profile", "*", "config", "--quiet")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", ["services: {a: {imge: b}}", "services: {a: {image: b, depends_on: [c]}}"])
def test_compose_finds_what_is_wrong(tools: Tools, tmp_path: Path, text: str) -> None:
    (tmp_path / "docker-compose.yml").write_text(text)
    assert run(
        str(tools.compose), "--file", str(tmp_path / "docker-compose.yml"), "config", "--quiet"
    ).returncode
