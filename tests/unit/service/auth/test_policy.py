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
        ({"issuer": ""}, "needs the issuer's name"),
        ({"audience": ""}, "audience"),
        ({"jwks_url": None}, "either a JWKS URL or a JWKS file"),
        ({"jwks_file": Path("keys.json")}, "only one"),
        ({"jwks_url": "file:///etc/keys"}, "http"),
        ({"algorithms": ("RS256", "HS256")}, "may not use HS256"),
        ({"algorithms": ("none",)}, "may not use none"),
        ({"algorithms": ()}, "no algorithms"),
        ({"token_types": ()}, "no token types"),
        ({"client_id_claims": ()}, "no client id claims"),
        ({"scope_claims": ()}, "no scope claims"),
        ({"leeway_seconds": -1}, "negative"),
        ({"leeway_seconds": 301}, "nor more than 300"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        IssuerPolicy(**{**GOOD, **change})


@pytest.mark.parametrize("policies", [[], [IssuerPolicy(**GOOD), IssuerPolicy(**GOOD)]])
def test_a_verifier_needs_each_issuer_once(policies: list[IssuerPolicy]) -> None:
    with pytest.raises(ValueError, match="at least one issuer"):
        TokenVerifier(policies)
