"""Components, and their replacements by name."""

import pytest

from service.settings import ServiceSettings
from service.wiring import build_service


def test_override_without_a_component_of_its_name_is_an_error() -> None:
    settings = ServiceSettings(issuers=[{"issuer": "i", "jwks_file": "k"}])
    with pytest.raises(TypeError, match="the service has no component clocks, lifespan"):
        build_service(settings, clock=float, clocks=float, lifespan=None)
