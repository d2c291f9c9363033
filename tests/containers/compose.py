"""Drives the stack of docker-compose.yml as a user would."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.containers.engine import Tools

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Stack:
    """Calls Compose and the stack's ingress."""

    tools: Tools
    program: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """URL of the ingress."""
        return f"http://127.0.0.1:{self.environment['INGRESS_PORT']}"

    def compose(self, *arguments: str, seconds: float = 120, **environment: str) -> str:
        """Runs Compose with extra environment variables and returns its output."""
        command = [str(self.program), "--project-directory", str(ROOT), *arguments]
        return self.tools.run(command, seconds, **{**self.environment, **environment})

    def token(self, subject: str = "", scope: str = "recommendations:read") -> str:
        """A token, requested as the README shows."""
        who = [subject] if subject else []
        fetch = ["exec", "-T", "issuer", "python", "/app/fetch_token.py", *who, "--scope", scope]
        return self.compose(*fetch).strip()

    def get(self, path: str, token: str | None = None) -> httpx.Response:
        """A call through the ingress."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=20)

    def measured(self, query: str) -> list[dict[str, Any]]:
        """Result of a query to the stack's Prometheus."""
        asked = f"http://127.0.0.1:{self.environment['PROMETHEUS_PORT']}/api/v1/query"
        answer = httpx.get(asked, params={"query": query}, timeout=20)
        assert answer.status_code == 200, f"{query}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def containers(self, service: str) -> list[dict[str, Any]]:
        """Docker's description of a service's running containers."""
        ids = self.compose("ps", "--quiet", service).split()
        found: list[dict[str, Any]] = json.loads(self.tools.run(["docker", "inspect", *ids], 30))
        return found


def images(name: str = "docker-compose.yml") -> dict[str, str]:
    """Tags of the Compose file's registry images, by short name."""
    text = (ROOT / name).read_text()
    tags = [tag for tag in re.findall(r"^ +image: (\S+)$", text, re.MULTILINE) if "recommender-" not in tag]
    return {tag.rpartition("/")[2].partition(":")[0].removesuffix("-unprivileged"): tag for tag in tags}


def default_base() -> str:
    """Default base image of the Compose file, without its digest.

    No stand-in can have it.
    """
    named: list[str] = re.findall(r"BASE_IMAGE:-([^@}]+)", (ROOT / "docker-compose.yml").read_text())
    return named[0]


def dashboard_queries(name: str) -> list[str]:
    """Queries of a dashboard with default variables."""
    board = json.loads((ROOT / f"charts/recommender/dashboards/{name}.json").read_text())
    chosen = {"$__rate_interval": "1m", "$__range": "1h", "$namespace": ".*", "$job": ".*"}
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    for variable, value in chosen.items():
        queries = [query.replace(variable, value) for query in queries]
    return queries
