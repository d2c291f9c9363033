import pytest

from service.auth import (
    READ_RECOMMENDATIONS,
    InsufficientScope,
    OtherShopper,
    Principal,
    authorize,
)

READ_ANY = "recommendations:read.any"


def caller(*scopes: str) -> Principal:
    return Principal("ana", "shop", frozenset(scopes), "https://issuer.test", 0.0)


@pytest.mark.parametrize("user_id", [None, "ana", "ben"])
def test_service_token_reaches_every_user(user_id: str | None) -> None:
    authorize(caller(READ_ANY), READ_RECOMMENDATIONS, user_id)


@pytest.mark.parametrize("user_id", [None, "ana"])
def test_shopper_reaches_own_data_and_shared_lists(user_id: str | None) -> None:
    authorize(caller(READ_RECOMMENDATIONS), READ_RECOMMENDATIONS, user_id)


@pytest.mark.parametrize("user_id", ["ben", "", "Ana", "ana "])
def test_shopper_cannot_reach_another_shopper(user_id: str) -> None:
    with pytest.raises(OtherShopper) as refusal:
        authorize(caller(READ_RECOMMENDATIONS), READ_RECOMMENDATIONS, user_id)
    assert refusal.value.scope == READ_ANY


@pytest.mark.parametrize("user_id", [None, "ana", "ben"])
@pytest.mark.parametrize("scopes", [(), ("events:write",), ("recommendations:read.anything",)])
def test_other_scopes_are_insufficient(scopes: tuple[str, ...], user_id: str | None) -> None:
    with pytest.raises(InsufficientScope) as refusal:
        authorize(caller(*scopes), READ_RECOMMENDATIONS, user_id)
    assert refusal.value.scope == READ_RECOMMENDATIONS
