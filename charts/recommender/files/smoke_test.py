"""Smoke test of `helm test`: readiness, authentication and recommendations."""

import os
import ssl
import sys
from collections.abc import Mapping

import httpx

SECONDS = 10.0
DIRECT = ("all://localhost", "all://127.0.0.1", "all://[::1]")


class Failed(Exception):
    """An unexpected answer, described by the text."""


def main(environment: Mapping[str, str]) -> str:
    """Tests the service at SMOKE_SERVICE_URL and returns the result as a sentence.

    Raises:
        Failed: an unexpected answer of the service or the issuer.
        httpx.HTTPError: no answer.
    """
    # NO_PROXY names the service. The issuer may be behind the proxy, and have a certificate of SSL_CERT_FILE.
    with httpx.Client(
        timeout=SECONDS, verify=ssl.create_default_context(), mounts=dict.fromkeys(DIRECT)
    ) as client:
        service = environment["SMOKE_SERVICE_URL"]
        version = _expect(client.get(f"{service}/health/ready"), 200)["snapshot_version"]
        if version is None:
            raise Failed("no snapshot is published yet: wait for the first build, or look at its log")
        popular = f"{service}/v1/popular?limit=5"
        _expect(client.get(popular), 401)
        if not environment.get("SMOKE_TOKEN_URL"):
            return f"ready with snapshot {version}, rejects calls without a token (no token endpoint to test more)"
        token = _token(client, environment)
        answer = _expect(client.get(popular, headers={"authorization": f"Bearer {token}"}), 200)
    if not answer["items"]:
        raise Failed("the service returned no recommendations")
    return f"ready with snapshot {version}, recommends {len(answer['items'])} products"


def _token(client: httpx.Client, environment: Mapping[str, str]) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": environment["SMOKE_CLIENT_ID"],
        "client_secret": environment["SMOKE_CLIENT_SECRET"],
        "scope": environment["SMOKE_SCOPE"],
        "audience": environment["SMOKE_AUDIENCE"],
    }
    return str(_expect(client.post(environment["SMOKE_TOKEN_URL"], data=form), 200)["access_token"])


def _expect(answer: httpx.Response, status: int) -> dict:
    if answer.status_code != status:
        raise Failed(f"{answer.url} answered {answer.status_code} instead of {status}: {answer.text[:300]}")
    return answer.json()


if __name__ == "__main__":
    try:
        sys.stdout.write(main(os.environ) + "\n")
    except (Failed, httpx.HTTPError, KeyError, ValueError) as error:
        sys.exit(f"error: {type(error).__name__}: {error}")
