"""Recommendation ids: signed and self-describing, so that attribution needs no table."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.snapshots import SigningKey
from service.signed.signer import TokenSigner

SALT = "recommendation-id"
_MAX_LENGTH = 512


@dataclass(frozen=True, slots=True)
class Recommended:
    """Content of a recommendation id.

    Attributes:
        milliseconds: time since the epoch; None for a list that is the same for every caller.
    """

    scenario: str
    snapshot_version: str
    milliseconds: int | None


class RecommendationIds:
    """Makes and reads ids: `scenario.version.time.nonce` in a signed token.

    Args:
        key: signs ids.
        others: additional keys accepted during key rotation.
    """

    def __init__(self, key: SigningKey, others: Sequence[SigningKey] = ()) -> None:
        self._signer = TokenSigner([key, *others], SALT)

    def personal(self, scenario: str, version: str, milliseconds: int) -> str:
        """A unique id of one answer to one shopper."""
        return self._sign(f"{scenario}.{version}.{milliseconds}.{secrets.token_hex(4)}")

    def shared(self, scenario: str, version: str, arguments: str) -> str:
        """The id of a shared list: the same for equal arguments and snapshot."""
        digest = hashlib.blake2b(arguments.encode(errors="surrogatepass"), digest_size=8).hexdigest()
        return self._sign(f"{scenario}.{version}.0.{digest}")

    def read(self, recommendation_id: str) -> Recommended | None:
        """Content of an id, or None if no key signed it."""
        if len(recommendation_id) > _MAX_LENGTH:
            return None
        payload = self._signer.verify(recommendation_id)
        if payload is None:
            return None
        scenario, version, milliseconds, _ = payload.decode().split(".")
        return Recommended(scenario, version, int(milliseconds) or None)

    def _sign(self, payload: str) -> str:
        return self._signer.sign(payload.encode())
