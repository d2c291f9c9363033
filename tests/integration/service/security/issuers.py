"""Two issuers side by side, and tokens that they sign."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

from tests.integration.service.auth.jwks_server import JwksServer
from tests.support.tokens import Forge

AUDIENCE = "recommender"
BY_URL, BY_FILE = "https://by-url.test", "https://by-file.test"


@dataclass
class Issuers:
    """An issuer with a key server and one with a key file."""

    by_url: Forge
    by_file: Forge
    server: JwksServer

    @classmethod
    def started(cls, folder: Path) -> "Issuers":
        """Publishes the keys of both."""
        by_url = Forge(folder / "unused.json")
        by_file = Forge(folder / "by-file.json", RSAKey.generate_key(2048, {"kid": "rsa-1"}))
        by_file.publish(by_file.rsa, by_file.ec, by_file.okp)
        server = JwksServer()
        server.publish(by_url.rsa, by_url.ec, by_url.okp)
        server.start()
        return cls(by_url, by_file, server)

    def settings(self) -> list[dict[str, Any]]:
        """The value of `SERVICE_ISSUERS`.

        The issuer with the file may use one algorithm only.
        """
        file = {"issuer": BY_FILE, "jwks_file": str(self.by_file.jwks_file), "algorithms": ["ES256"]}
        return [{"issuer": BY_URL, "jwks_url": self.server.url}, file]

    def token(self, issuer: str = BY_URL, **request: Any) -> str:
        """A token that is valid for an hour. `request` is as for `Forge.token`."""
        now = int(time.time())
        forge = self.by_url if issuer == BY_URL else self.by_file
        if issuer == BY_FILE:
            request = {"key": forge.ec, **request}
            request["header"] = {"alg": "ES256", **(request.get("header") or {})}
        return forge.token(**({"iss": issuer, "iat": now, "exp": now + 3600} | request))


def claims_text(**changes: Any) -> bytes:
    """Claims of a valid token as JSON."""
    now = int(time.time())
    good = {"iss": BY_URL, "aud": AUDIENCE, "sub": "ana", "client_id": "shop", "iat": now, "exp": now + 3600}
    return json.dumps(good | {"scope": "recommendations:read"} | changes).encode()
