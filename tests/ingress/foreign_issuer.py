"""A certified third-party OpenID Connect server on Node issues real tokens."""

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.ingress.programs import issuer_package, program
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import answers, serving


@dataclass(frozen=True)
class Client:
    """An application that gets tokens. Their subject is its own id."""

    id: str
    scopes: str
    audience: str = "recommender"
    seconds: int = 300
    algorithm: str = "RS256"


@dataclass(frozen=True)
class ForeignIssuer:
    """The running issuer and its clients."""

    url: str
    clients: dict[str, Client]
    secret: str

    def token(self, client_id: str, scope: str | None = None) -> str:
        """Gets an access token by client credentials, by default with all scopes."""
        client = self.clients[client_id]
        answer = httpx.post(
            f"{self.url}/token",
            data={
                "grant_type": "client_credentials",
                "scope": client.scopes if scope is None else scope,
                "resource": f"urn:{client.audience}",
            },
            auth=(client_id, self.secret),
        )
        return str(answer.raise_for_status().json()["access_token"])


@contextmanager
def foreign_issuer(folder: Path, clients: Sequence[Client]) -> Iterator[ForeignIssuer]:
    """Serves during the block and logs to `issuer.log` in the folder."""
    port, secret = unused_port(), secrets.token_urlsafe(32)
    url = f"http://127.0.0.1:{port}"
    described = [{**vars(client), "secret": secret} for client in clients]
    command = [program("node"), str(issuer_package() / "issuer.mjs")]
    environment = {**os.environ, "PORT": str(port), "CLIENTS": json.dumps(described)}
    metadata = f"{url}/.well-known/openid-configuration"
    with serving(command, environment, answers(metadata), folder / "issuer.log"):
        yield ForeignIssuer(url, {client.id: client for client in clients}, secret)
