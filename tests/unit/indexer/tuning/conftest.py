"""Faster studies for tests."""

import os

import pytest


@pytest.fixture(autouse=True)
def _no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disables fsync, which a study calls for every line."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
