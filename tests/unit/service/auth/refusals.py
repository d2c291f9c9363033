"""Asking why a token is refused."""

import base64
import json
from typing import Any

import pytest

from service.auth import InvalidToken, TokenVerifier


def segment(content: bytes | dict[str, Any]) -> str:
    """A part of a token, as it is spelt."""
    raw = json.dumps(content).encode() if isinstance(content, dict) else content
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def refusal(verifier: TokenVerifier, token: str) -> str:
    """Why the token is refused."""
    with pytest.raises(InvalidToken) as caught:
        await verifier.verify(token)
    return caught.value.reason
