import os

import pytest


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the issuer comes from the machine that the tests run on."""
    for name in list(os.environ):
        if name.startswith("ISSUER_") or name == "KUBERNETES_SERVICE_HOST":
            monkeypatch.delenv(name)
