"""The workflow of releases has no faults that can be found without running it."""

import re
from pathlib import Path

from tests.chart.rendering import ROOT
from tests.chart.tools import Tools, findings

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))


def faults(tools: Tools, *texts: tuple[Path, str]) -> list[list[str]]:
    return findings(tools.workflows, [{"path": str(path), "text": text} for path, text in texts])


def test_workflows_have_no_faults(tools: Tools) -> None:
    assert faults(tools, *((path, path.read_text()) for path in WORKFLOWS)) == [[] for _ in WORKFLOWS]


def test_faults_are_found(tools: Tools) -> None:
    text = WORKFLOWS[0].read_text()
    (wrong,) = faults(tools, (WORKFLOWS[0], text.replace("steps.names.outputs", "steps.nams.outputs")))
    assert any("nams" in fault for fault in wrong)


def test_images_are_built_on_a_base_image_by_its_digest() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(
        r"^ARG BASE_IMAGE=python:3[\d.]+-slim-trixie@sha256:[0-9a-f]{64}$", dockerfile, re.MULTILINE
    )
    assert all("BASE_IMAGE" not in path.read_text() for path in WORKFLOWS)


def test_actions_are_pinned_by_commit_with_their_version() -> None:
    used = [line.strip() for path in WORKFLOWS for line in path.read_text().splitlines() if "uses:" in line]
    assert used
    for line in used:
        assert re.fullmatch(r"(- )?uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
