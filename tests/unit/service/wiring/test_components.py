"""Components, and their replacements by name."""

import pytest

from service.settings import ServiceSettings
from service.wiring import build_service
from service.wiring.clients import telemetry_config

SETTINGS = ServiceSettings(issuers=[{"issuer": "i", "jwks_file": "k"}])


def test_override_without_a_component_of_its_name_is_an_error() -> None:
    with pytest.raises(TypeError, match="the service has no component clocks, lifespan"):
        build_service(SETTINGS, clock=float, clocks=float, lifespan=None)


def test_service_does_not_wait_for_readers_of_its_log() -> None:
    assert telemetry_config(SETTINGS).lossy_logs
