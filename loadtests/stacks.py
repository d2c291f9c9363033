"""Local stacks that can be load-tested."""

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
"""Path in the issuer's container."""


class StackNotRunning(Exception):
    """No stack can be tested. The text says how to start one."""


@dataclass(frozen=True)
class Stack:
    """A running stack.

    Attributes:
        host: URL of the service.
        environment: variables for the locustfile.
        start: command that starts the stack.
    """

    host: str
    environment: Mapping[str, str]
    start: str

    def check(self) -> None:
        """Requests one token and one page.

        Raises:
            StackNotRunning: an address is not on this machine, or does not answer.
        """
        require_loopback(self.host)
        require_loopback(self.environment["LOADTEST_TOKEN_URL"])
        form = {
            "grant_type": "client_credentials",
            "client_id": self.environment["LOADTEST_CLIENT_ID"],
            "client_secret": self.environment["LOADTEST_CLIENT_SECRET"],
            "scope": "recommendations:read.any",
        }
        issued = self._request(
            "The issuer", self.environment["LOADTEST_TOKEN_URL"], urlencode(form).encode(), {}
        )
        bearer = {"authorization": f"Bearer {json.loads(issued)['access_token']}"}
        self._request("The service", f"{self.host}/v1/popular?limit=1", None, bearer)

    def _request(self, name: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> bytes:
        request = urllib.request.Request(url, data, dict(headers))
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            reason = f"{error.code} {error.read(500).decode(errors='replace')}"
            raise StackNotRunning(f"{name} rejected {url}: {reason}") from error
        except OSError as error:
            raise StackNotRunning(
                f"{name} does not answer at {url} ({error}). Start the stack with: {self.start}"
            ) from error


def require_loopback(url: str) -> None:
    """Rejects addresses outside this machine with StackNotRunning."""
    host = urlsplit(url).hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise StackNotRunning(
            f"{url} is not on this machine. Load tests run against loopback addresses only."
        )


def demo(note: Path = Path(".demo/running.json")) -> Stack:
    """The demo, found by the file that it writes.

    Raises:
        StackNotRunning: no demo is running.
    """
    try:
        running = json.loads(note.read_text())
    except FileNotFoundError:
        raise StackNotRunning("No demo is running here. Start one with: make demo") from None
    environment = {
        "LOADTEST_TOKEN_URL": f"{running['issuer_url']}/token",
        "LOADTEST_CLIENT_ID": running["client_id"],
        "LOADTEST_CLIENT_SECRET": running["client_secret"],
    }
    return Stack(running["service_url"], environment, "make demo")


def compose() -> Stack:
    """The Compose stack. Its issuer holds the client's secret.

    Raises:
        StackNotRunning: no Compose stack is running.
    """
    command = ["docker", "compose", "exec", "-T", "issuer", "cat", _CLIENT_FILE]
    try:
        secret = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise StackNotRunning(
            "No Compose stack is running here. Start one with: docker compose up"
        ) from error
    environment = {
        "LOADTEST_TOKEN_URL": f"http://127.0.0.1:{os.environ.get('ISSUER_PORT') or 8200}/token",
        "LOADTEST_CLIENT_ID": "demo",
        "LOADTEST_CLIENT_SECRET": secret,
    }
    return Stack(
        f"http://127.0.0.1:{os.environ.get('INGRESS_PORT') or 8080}", environment, "docker compose up"
    )
