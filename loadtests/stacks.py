"""The stacks of this machine that shoppers can be sent to."""

import ipaddress
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

_TIMEOUT_SECONDS = 10.0
_CLIENT_FILE = "/var/lib/recommender/issuer/client-secret"
"""In the issuer's container."""


class NothingToTest(Exception):
    """There is no stack to send shoppers to; the text says how to start one."""


@dataclass(frozen=True)
class Stack:
    """Where shoppers go, and what the locustfile reads from its environment."""

    host: str
    environment: Mapping[str, str]
    start: str

    def check(self) -> None:
        """Asks for one token and one page. Raises NothingToTest when it is elsewhere, or does not answer."""
        refuse_elsewhere(self.host)
        refuse_elsewhere(self.environment["LOADTEST_TOKEN_URL"])
        form = {
            "grant_type": "client_credentials",
            "client_id": self.environment["LOADTEST_CLIENT_ID"],
            "client_secret": self.environment["LOADTEST_CLIENT_SECRET"],
            "scope": "recommendations:read.any",
        }
        issued = self._ask("The issuer", self.environment["LOADTEST_TOKEN_URL"], urlencode(form).encode(), {})
        bearer = {"authorization": f"Bearer {json.loads(issued)['access_token']}"}
        self._ask("The service", f"{self.host}/v1/popular?limit=1", None, bearer)

    def _ask(self, who: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> bytes:
        request = urllib.request.Request(url, data, dict(headers))
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            said = f"{error.code} {error.read(500).decode(errors='replace')}"
            raise NothingToTest(f"{who} refuses at {url}: {said}") from error
        except OSError as error:
            raise NothingToTest(
                f"{who} does not answer at {url} ({error}); is the stack running? Start it with: {self.start}"
            ) from error


def refuse_elsewhere(url: str) -> None:
    """Lets loopback addresses pass; NothingToTest for any other."""
    host = urlsplit(url).hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise NothingToTest(f"{url} is not on this machine; load tests from here go to loopback only.")


def demo(note: Path = Path(".demo/running.json")) -> Stack:
    """The demo, by the note that it writes. Raises NothingToTest."""
    try:
        running = json.loads(note.read_text())
    except FileNotFoundError:
        raise NothingToTest("No demo is running here; start one with: make demo") from None
    environment = {
        "LOADTEST_TOKEN_URL": f"{running['issuer_url']}/token",
        "LOADTEST_CLIENT_ID": running["client_id"],
        "LOADTEST_CLIENT_SECRET": running["client_secret"],
    }
    return Stack(running["service_url"], environment, "make demo")


def compose() -> Stack:
    """The Compose stack, whose issuer keeps the client's secret. Raises NothingToTest."""
    command = ["docker", "compose", "exec", "-T", "issuer", "cat", _CLIENT_FILE]
    try:
        secret = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise NothingToTest("No Compose stack is running here; start one with: docker compose up") from error
    environment = {
        "LOADTEST_TOKEN_URL": f"http://127.0.0.1:{os.environ.get('ISSUER_PORT') or 8200}/token",
        "LOADTEST_CLIENT_ID": "demo",
        "LOADTEST_CLIENT_SECRET": secret,
    }
    return Stack(
        f"http://127.0.0.1:{os.environ.get('INGRESS_PORT') or 8080}", environment, "docker compose up"
    )
