"""Validation of issuer policies."""

from pathlib import Path
from typing import Any

import pytest

from service.auth import IssuerPolicy, TokenVerifier

GOOD: dict[str, Any] = {
    "issuer": "https://i.test",
    "audience": "recommender",
    "jwks_url": "https://i.test/jwks",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"issuer": ""}, "issuer\n.*at least 1 character"),
        ({"audience": ""}, "audience\n.*at least 1 character"),
        ({"jwks_url": None}, "either jwks_url or jwks_file"),
        ({"jwks_file": Path("keys.json")}, "only one"),
        ({"jwks_url": "file:///etc/keys"}, "jwks_url\n.*http"),
        ({"algorithms": ("RS256", "HS256")}, "HS256 is not allowed"),
        ({"algorithms": ("none",)}, "none is not allowed"),
        ({"algorithms": ()}, "algorithms\n.*at least 1 item"),
        ({"token_types": ()}, "token_types\n.*at least 1 item"),
        ({"client_id_claims": ()}, "client_id_claims\n.*at least 1 item"),
        ({"scope_claims": ()}, "scope_claims\n.*at least 1 item"),
        ({"leeway_seconds": -1}, "greater than or equal to 0"),
        ({"leeway_seconds": 301}, "less than or equal to 300"),
    ],
)
def test_invalid_policy_is_rejected(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        IssuerPolicy(**{**GOOD, **change})


@pytest.mark.parametrize("policies", [[], [IssuerPolicy(**GOOD), IssuerPolicy(**GOOD)]])
def test_verifier_rejects_missing_and_duplicate_issuers(policies: list[IssuerPolicy]) -> None:
    with pytest.raises(ValueError, match="at least one issuer"):
        TokenVerifier(policies)
