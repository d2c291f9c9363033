"""Scopes and required claims of each issuer."""

from typing import Any

import pytest

from service.auth import InvalidToken, IssuerPolicy, Principal, TokenVerifier
from tests.support.tokens import Clock, Forge

pytestmark = pytest.mark.anyio


async def accepted(policy: IssuerPolicy, token: str, **changes: Any) -> Principal:
    verifier = TokenVerifier([policy.model_copy(update=changes)], clock=Clock(), monotonic=Clock())
    try:
        return await verifier.verify(token)
    finally:
        await verifier.close()


async def test_scopes_come_from_the_scope_claim_by_default(policy: IssuerPolicy, forge: Forge) -> None:
    token = forge.token(scope="a b", scp="c", roles=["d"], permissions=["e"])
    assert (await accepted(policy, token)).scopes == {"a", "b"}
    assert (await accepted(policy, token, scope_claims=("scp", "roles"))).scopes == {"c", "d"}


@pytest.mark.parametrize("roles", [7, {"d": 1}, ["d", 7]])
async def test_scopes_that_are_not_strings_are_rejected(
    policy: IssuerPolicy, forge: Forge, roles: object
) -> None:
    with pytest.raises(InvalidToken, match="roles is not a string"):
        await accepted(policy, forge.token(roles=roles), scope_claims=("roles",))


async def test_scopes_are_separated_by_spaces_only(policy: IssuerPolicy, forge: Forge) -> None:
    scopes = (await accepted(policy, forge.token(scope="a\u00a0b c\td"))).scopes
    assert scopes == {"a\u00a0b", "c\td"}


async def test_issuer_cannot_grant_more_than_its_policy_allows(policy: IssuerPolicy, forge: Forge) -> None:
    shoppers = frozenset({"recommendations:read", "events:write"})
    token = forge.token(scope="recommendations:read recommendations:read.any users:erase.any")
    assert (await accepted(policy, token, scopes=shoppers)).scopes == {"recommendations:read"}
    assert (await accepted(policy, token, scopes=frozenset())).scopes == frozenset()


@pytest.mark.parametrize("claims", [{}, {"tid": "other"}, {"tid": ["ours"]}, {"tid": None}])
async def test_required_claim_must_match(policy: IssuerPolicy, forge: Forge, claims: dict[str, Any]) -> None:
    demanded = {"tid": "ours"}
    assert (await accepted(policy, forge.token(tid="ours"), required_claims=demanded)).subject == "ana"
    with pytest.raises(InvalidToken, match="lacks a required claim"):
        await accepted(policy, forge.token(**claims), required_claims=demanded)
