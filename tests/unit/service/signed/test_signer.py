"""The signing format of cursors and recommendation ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.snapshots import SigningKey
from service.signed.signer import TokenSigner

KEY = SigningKey(b"k" * 32)
SIGNER = TokenSigner([KEY], "salt")


@given(st.binary(max_size=200))
def test_signed_payload_is_read_back(payload: bytes) -> None:
    assert SIGNER.verify(SIGNER.sign(payload)) == payload


def test_token_of_another_kind_is_rejected() -> None:
    assert TokenSigner([KEY], "pepper").verify(SIGNER.sign(b"payload")) is None


@given(st.integers(0, 43), st.characters())
def test_altered_token_is_rejected(position: int, character: str) -> None:
    token = SIGNER.sign(b"payload")
    altered = token[:position] + character + token[position + 1 :]
    assert (SIGNER.verify(altered) is None) == (altered != token)


@pytest.mark.parametrize("end", ["=", "!", "\n", " ", "A", "."])
def test_token_has_one_spelling(end: str) -> None:
    assert SIGNER.verify(SIGNER.sign(b"payload") + end) is None


@given(st.binary(max_size=20))
def test_token_has_one_alphabet(payload: bytes) -> None:
    token = SIGNER.sign(payload)
    altered = token.replace("-", "+").replace("_", "/")
    assert (SIGNER.verify(altered) is None) == (altered != token)


@pytest.mark.parametrize("token", ["", ".", "a", "a.b", "é.é", "\ud800", "a" * 100_000])
def test_other_text_is_rejected(token: str) -> None:
    assert SIGNER.verify(token) is None
