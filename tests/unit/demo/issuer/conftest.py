import os

import pytest


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removes the issuer's settings from the environment."""
    for name in list(os.environ):
        if name.startswith("ISSUER_") or name == "KUBERNETES_SERVICE_HOST":
            monkeypatch.delenv(name)
