"""Signatures of several keys during a key rotation."""

import pytest

from adapters.snapshots import SigningKey
from service.signed.cursors import CursorFault, Cursors
from service.signed.recommendation_ids import RecommendationIds

OLD, NEW, STRANGER = (SigningKey(name * 32) for name in (b"o", b"n", b"s"))


@pytest.mark.parametrize(("signer", "readers"), [(OLD, (NEW, OLD)), (NEW, (OLD, NEW)), (NEW, (NEW,))])
def test_both_keys_are_accepted_during_a_rotation(
    signer: SigningKey, readers: tuple[SigningKey, ...]
) -> None:
    cursor = Cursors([signer]).after(b"arguments", [1, 2])
    assert Cursors(readers).shown(b"arguments", cursor) == (1, 2)
    name = RecommendationIds([signer]).personal("for-you", "v", "ana")
    assert RecommendationIds(readers).read(name) is not None


def test_first_key_signs() -> None:
    cursor = Cursors([NEW, OLD]).after(b"arguments", [1, 2])
    assert Cursors([NEW]).shown(b"arguments", cursor) == (1, 2)
    with pytest.raises(CursorFault):
        Cursors([OLD]).shown(b"arguments", cursor)


def test_other_keys_are_rejected() -> None:
    with pytest.raises(CursorFault):
        Cursors([NEW, OLD]).shown(b"arguments", Cursors([STRANGER]).after(b"arguments", []))
    assert RecommendationIds([NEW, OLD]).read(RecommendationIds([STRANGER]).personal("x", "v", "ana")) is None
    with pytest.raises(CursorFault):
        Cursors([NEW]).shown(b"arguments", Cursors([OLD]).after(b"arguments", []))
