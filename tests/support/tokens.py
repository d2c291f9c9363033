"""Test tokens, and a clock at which they are valid."""

import base64
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

NOW = 1_800_000_000.0
ISSUER = "https://issuer.test"


@dataclass
class Clock:
    """Clock that only a test moves, for wall time and monotonic time."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@cache
def shared_rsa_key() -> RSAKey:
    """Makes the usual key once, because that takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": "rsa-1"})


@dataclass
class Forge:
    """Signs tokens, valid by default, and writes key sets.

    Forges that must not accept each other's tokens need RSA keys of their own.
    """

    jwks_file: Path
    rsa: RSAKey = field(default_factory=shared_rsa_key)
    ec: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "ec-1"}))
    okp: OKPKey = field(default_factory=lambda: OKPKey.generate_key("Ed25519", {"kid": "okp-1"}))
    _signed: dict[tuple[str, bytes], tuple[Key, bytes]] = field(default_factory=dict)

    def publish(self, *keys: Key) -> None:
        self.jwks_file.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in keys]}))

    def signer(self, algorithm: str) -> Key:
        keys: dict[str, Key] = {"RS256": self.rsa, "ES256": self.ec, "EdDSA": self.okp}
        return keys[algorithm]

    def claims(self, **changes: object) -> dict[str, Any]:
        claims = {
            "iss": ISSUER,
            "aud": "recommender",
            "sub": "ana",
            "client_id": "shop",
            "iat": int(NOW),
            "exp": int(NOW) + 600,
            "scope": "recommendations:read profiles:read",
        }
        return {name: value for name, value in {**claims, **changes}.items() if value is not ...}

    def token(
        self,
        key: Key | None = None,
        header: dict[str, Any] | None = None,
        payload: bytes | None = None,
        **claims: object,
    ) -> str:
        signer = key or self.rsa
        full = {"alg": "RS256", "typ": "at+jwt", "kid": signer.kid, **(header or {})}
        full = {name: value for name, value in full.items() if value is not ...}
        body = payload if payload is not None else json.dumps(self.claims(**claims)).encode()
        signed = segment(json.dumps(full).encode()) + b"." + segment(body)
        return (signed + b"." + segment(self._signature(full["alg"], signer, signed))).decode()

    def _signature(self, algorithm: str, signer: Key, content: bytes) -> bytes:
        """The signature of `content`, kept because RSA is slow."""
        kept = self._signed.get((algorithm, content))
        if kept is None or kept[0] is not signer:
            kept = signer, jws.JWSRegistry.algorithms[algorithm].sign(content, signer)
            self._signed[algorithm, content] = kept
        return kept[1]


def segment(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
