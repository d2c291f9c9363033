"""What Locust is told in these tests."""

from pathlib import Path

from tests.integration.loadtests.stand_in import StandIn

ONLY_CALLS = """[default.total]
calls = 10
failure_ratio = 0
[default."GET recommendations (after buying)"]
calls = 1
"""
"""Limits that hold on a machine of any speed."""


def settings_for(stand_in: StandIn, folder: Path, limits: str = ONLY_CALLS) -> dict[str, str]:
    """Settings for three seconds with five shoppers."""
    file = folder / "limits.toml"
    file.write_text(limits)
    return {
        "LOADTEST_TOKEN_URL": f"{stand_in.url}/token",
        "LOADTEST_CLIENT_SECRET": "for-the-stand-in",
        "LOADTEST_SHOPPERS": "1-100000",
        "LOADTEST_STRETCH": "0.1",
        "LOADTEST_THRESHOLDS": str(file),
    }
