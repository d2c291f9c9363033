"""What `helm test` runs: the service is ready, refuses strangers, and recommends to whoever has a token."""

import os
import sys
from collections.abc import Mapping

import httpx

SECONDS = 10.0


class Failed(Exception):
    """Something is not as it should be; the text says what."""


def main(environment: Mapping[str, str]) -> str:
    """Tries the service that SMOKE_SERVICE_URL names; what was found.

    Raises:
        Failed: the service or the issuer answered otherwise than it should.
        httpx.HTTPError: one of them did not answer.
    """
    with httpx.Client(timeout=SECONDS, trust_env=False) as client:
        service = environment["SMOKE_SERVICE_URL"]
        version = _expect(client.get(f"{service}/health/ready"), 200)["snapshot_version"]
        popular = f"{service}/v1/popular?limit=5"
        _expect(client.get(popular), 401)
        if not environment.get("SMOKE_TOKEN_URL"):
            return f"ready with snapshot {version}; refuses whoever has no token (no token endpoint to get one from)"
        token = _token(client, environment)
        answer = _expect(client.get(popular, headers={"authorization": f"Bearer {token}"}), 200)
    if not answer["items"]:
        raise Failed("the service recommends nothing")
    return f"ready with snapshot {version}; recommends {len(answer['items'])} products"


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
        raise Failed(f"{answer.url} answers {answer.status_code} instead of {status}: {answer.text[:300]}")
    return answer.json()


if __name__ == "__main__":
    try:
        sys.stdout.write(main(os.environ) + "\n")
    except (Failed, httpx.HTTPError, KeyError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
