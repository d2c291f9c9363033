"""Public keys of an issuer that can verify tokens."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey, import_key
from joserfc.util import base64_to_int

from service.auth.key_sources import KeysUnavailable

MINIMUM_RSA_BITS = 2048
MAX_KEYS = 1_000
"""A key set has a few keys. More would be imported while requests wait."""

_KEY_TYPES: dict[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {
    "RS256": RSAKey,
    "ES256": ECKey,
    "EdDSA": OKPKey,
}
_logger = structlog.get_logger("service.auth")


@dataclass(frozen=True)
class VerificationKeys:
    """Keys of one version of an issuer's key set."""

    keys: Sequence[Key]

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """The key for a token's header, or None.

        A token without `kid` needs a key set with a single key for its algorithm.
        """
        suitable = [key for key in self.keys if _suits(key, algorithm)]
        if kid is None:
            return suitable[0] if len(suitable) == 1 else None
        return next((key for key in suitable if key.kid == kid), None)


def parse_key_set(document: bytes) -> VerificationKeys:
    """The usable keys of a JWKS document. Others are left out with one warning.

    Raises:
        KeysUnavailable: not a JWKS document, too many keys, or no usable key.
    """
    try:
        listed = json.loads(document)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise KeysUnavailable("the document is not a JSON Web Key Set") from error
    if not isinstance(listed, list):
        raise KeysUnavailable("the document is not a JSON Web Key Set")
    if len(listed) > MAX_KEYS:
        raise KeysUnavailable(f"the key set has {len(listed):,} keys, more than {MAX_KEYS:,}")
    ignored = Counter[str]()
    keys = [key for parameters in listed if (key := _imported(parameters, ignored)) is not None]
    if ignored:
        (reason, _), *_ = ignored.most_common(1)
        _logger.warning("issuer keys ignored", keys=ignored.total(), reason=reason)
    if not keys:
        raise KeysUnavailable("the key set has no public key that can verify signatures")
    return VerificationKeys(keys)


def _imported(parameters: object, ignored: Counter[str]) -> Key | None:
    """The key, None if it cannot verify signatures. Counts why it is ignored."""
    if not isinstance(parameters, dict):
        ignored["not a JSON object"] += 1
        return None
    try:
        if parameters.get("use", "sig") != "sig" or "verify" not in parameters.get("key_ops", ["verify"]):
            return None
        if parameters["kty"] == "RSA" and base64_to_int(parameters["n"]).bit_length() < MINIMUM_RSA_BITS:
            raise ValueError(f"fewer than {MINIMUM_RSA_BITS} bits")
        key = import_key(parameters)
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, AttributeError) as error:
        ignored[str(error)] += 1
        return None
    return None if isinstance(key, OctKey) else key


def _suits(key: Key, algorithm: str) -> bool:
    return isinstance(key, _KEY_TYPES[algorithm]) and key.alg in (None, algorithm)
