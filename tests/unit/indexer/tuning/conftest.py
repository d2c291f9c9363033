"""Studies without waiting for the disk."""

import os

import pytest


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study is synced to the disk with every line; no test cuts the power."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
