"""Reasons for which the verifier rejects tokens."""

import base64
import json
from typing import Any

import pytest

from service.auth import InvalidToken, TokenVerifier


def segment(content: bytes | dict[str, Any]) -> str:
    """A segment of a token."""
    raw = json.dumps(content).encode() if isinstance(content, dict) else content
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def refusal(verifier: TokenVerifier, token: str) -> str:
    """The reason of the rejection."""
    with pytest.raises(InvalidToken) as caught:
        await verifier.verify(token)
    return caught.value.reason
